import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { fillIn, fillReadme } from "../../lib/tasks/readme.ts";

const readme = await Deno.readTextFile(
  new URL("../../README.md", import.meta.url),
);

Deno.test("the tables of the README are those of the kept results", async () => {
  assertEquals(await fillReadme(readme), readme);
});

Deno.test("every kept experiment has its table in the README", async () => {
  const results = new URL("../../data/results/", import.meta.url);
  for await (const { name, isDirectory } of Deno.readDir(results)) {
    if (isDirectory) assertStringIncludes(readme, `<!-- ${name} -->`);
  }
});

Deno.test("fillIn() refuses a document without its markers", () => {
  assertThrows(() => fillIn("<!-- a -->", "a", ""), RangeError, "<!-- /a -->");
});
