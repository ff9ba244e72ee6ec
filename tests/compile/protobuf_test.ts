import { assertEquals } from "@std/assert";
import { Message, readFields } from "../../lib/compile/protobuf.ts";

const hex = (bytes: Uint8Array) =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

Deno.test("the examples of the encoding guide are encoded as there", () => {
  // protobuf.dev, Encoding: Test1 { a = 150 }, Test2 { b = "testing" },
  // Test3 { c = Test1 { a = 150 } } and Test5 { f = [3, 270, 86942] }.
  const test1 = new Message().integer(1, 150);
  assertEquals(hex(test1.encode()), "08 96 01");
  assertEquals(
    hex(new Message().bytes(2, "testing").encode()),
    "12 07 74 65 73 74 69 6e 67",
  );
  assertEquals(hex(new Message().bytes(3, test1).encode()), "1a 03 08 96 01");
  assertEquals(
    hex(new Message().integers(6, [3, 270, 86942]).encode()),
    "32 06 03 8e 02 9e a7 05",
  );
});

Deno.test("negative integers take ten bytes, floats four", () => {
  assertEquals(
    hex(new Message().integer(1, -2).encode()),
    "08 fe ff ff ff ff ff ff ff ff 01",
  );
  assertEquals(hex(new Message().float(2, 1).encode()), "15 00 00 80 3f");
  assertEquals(
    hex(new Message().floats(2, [1, -2]).encode()),
    "12 08 00 00 80 3f 00 00 00 c0",
  );
});

Deno.test("a message is read by field, repeated fields in order", () => {
  const bytes = new Message()
    .integer(1, 300).integer(1, 2).float(3, 1).bytes(20, "x")
    .entry(5, "key", "value").encode();
  const fields = readFields(bytes);
  assertEquals(fields.get(1), [300, 2]);
  assertEquals(fields.get(3), [Uint8Array.of(0, 0, 0x80, 0x3f)]);
  assertEquals(fields.get(20), [Uint8Array.of(0x78)]);
  const entry = readFields(fields.get(5)![0] as Uint8Array);
  const text = (field: number) =>
    new TextDecoder().decode(entry.get(field)![0] as Uint8Array);
  assertEquals([text(1), text(2)], ["key", "value"]);
});
