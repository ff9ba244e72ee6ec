import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { dataDir, root } from "../../lib/data/files.ts";
import { notebookNames } from "../../lib/notebooks/find.ts";
import {
  claimsPage,
  fillIn,
  fillNotebook,
  fillReadme,
} from "../../lib/notebooks/kept.ts";

const read = (...path: string[]) => Deno.readTextFile(join(root, ...path));

Deno.test("the tables of the README are those of the kept results", async () => {
  const readme = await read("README.md");
  assertEquals(await fillReadme(readme), readme);
});

Deno.test("the page of claims is that of the kept results", async () => {
  assertEquals(await claimsPage(), await read("data", "claims.md"));
});

Deno.test("notebooks show the kept results, of every experiment", async () => {
  const shown: string[] = [];
  for (const name of await notebookNames()) {
    const notebook = await read("notebooks", `${name}.ipynb`);
    assertEquals(await fillNotebook(notebook), notebook, name);
    shown.push(notebook);
  }
  for await (
    const { name, isDirectory } of Deno.readDir(join(dataDir, "results"))
  ) {
    if (isDirectory) {
      assertStringIncludes(shown.join(), `<!-- kept: ${name} -->`);
    }
  }
});

Deno.test("fillIn() refuses a document without its markers", () => {
  assertThrows(() => fillIn("<!-- a -->", "a", ""), RangeError, "<!-- /a -->");
});
