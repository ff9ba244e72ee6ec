import { assertEquals, assertThrows } from "@std/assert";
import { parseJson } from "../../lib/data/read_json.ts";

Deno.test("infinities and NaN of Python are read as null, texts as they are", () => {
  const text = `{"limit": -Infinity, "scale": NaN, "steps": 3}`;
  assertEquals(parseJson(text, "it"), { limit: null, scale: null, steps: 3 });
  const template = JSON.stringify({ chat_template: 'say {"x": NaN}' });
  assertEquals(parseJson(template, "it"), { chat_template: 'say {"x": NaN}' });
});

Deno.test("what is no object of JSON is refused by where it was found", () => {
  for (const text of ["", "{", `{"a": NaNs}`, "[1]", "null"]) {
    assertThrows(() => parseJson(text, "a.json"), RangeError, "a.json");
  }
});
