import { assertEquals, assertThrows } from "@std/assert";
import { decode } from "fast-png";
import { clipTable } from "../../lib/results/clip_table.ts";

type Face = Record<symbol, () => Record<string, string>>;

/** What stands in a data URI of a table's HTML. */
const bytesOf = (html: string, kind: string) =>
  Uint8Array.fromBase64(
    new RegExp(`data:${kind};base64,([^"]+)`).exec(html)![1],
  );

Deno.test("a clip shows with its own sound, and its lowest band at the bottom, the louder the darker", () => {
  const wav = Uint8Array.of(1, 2, 3);
  const mel = [[0, 1, 2], [4, 4, 0]];
  const table = clipTable([{ label: "a < b", wav, mel }]);
  const face = (table as unknown as Face)[Symbol.for("Jupyter.display")]();
  assertEquals(face["text/plain"], "Clip: a < b");
  const html = face["text/html"];
  assertEquals(html.includes("<td>a &lt; b</td>"), true);
  assertEquals(bytesOf(html, "audio/wav"), wav);
  const { width, height, data } = decode(bytesOf(html, "image/png"));
  assertEquals([width, height], [3, 2]);
  assertEquals([...data], [0, 0, 255, 255, 191, 127]);
});

Deno.test("a spectrogram that is none, and no clip at all, are refused", () => {
  const clip = { label: "seven", wav: new Uint8Array(), mel: [[0], [0, 1]] };
  assertThrows(() => clipTable([]), RangeError, "Expected clips, got none");
  assertThrows(() => clipTable([clip]), RangeError, '"seven" to have rows of');
  assertThrows(
    () => clipTable([{ ...clip, mel: [] }]),
    RangeError,
    "got no row",
  );
});
