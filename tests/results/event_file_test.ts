import { assertEquals } from "@std/assert";
import {
  crc32c,
  eventFileHead,
  eventRecords,
} from "../../lib/results/event_file.ts";

Deno.test("event files are those of TensorBoard's own writer, byte for byte", async () => {
  const time = 1700000000.25;
  const records = eventRecords([
    { step: 3, scalars: { reward: 0.3, kl: -0 } },
    {
      step: 5_000_000_000,
      scalars: { alive: 1 },
      texts: { samples: `|é 😀|\n|-|${"x".repeat(200)}` },
    },
  ], time);
  // By event_file.py with tensorboard 2.21.0.
  const expected = await Deno.readFile(
    new URL("fixtures/steps.tfevents", import.meta.url),
  );
  assertEquals([...eventFileHead(time), ...records], [...expected]);
});

Deno.test("crc32c() gives the checksums of RFC 3720, B.4", () => {
  const bytes = (byte: (i: number) => number) =>
    Uint8Array.from({ length: 32 }, (_, i) => byte(i));
  assertEquals(crc32c(bytes(() => 0)), 0x8a9136aa);
  assertEquals(crc32c(bytes(() => 0xff)), 0x62a8ab43);
  assertEquals(crc32c(bytes((i) => i)), 0x46dd794e);
  assertEquals(crc32c(bytes((i) => 31 - i)), 0x113fdb5c);
});
