import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { dataDir, root } from "../../lib/data/files.ts";
import { folderNames } from "../../lib/results/folders.ts";
import { notebookNames } from "../../lib/notebooks/find.ts";
import { claimsPage, fillNotebook } from "../../lib/notebooks/kept.ts";
import { fillIn } from "../../lib/notebooks/markdown.ts";
import { fillNumbers } from "../../lib/notebooks/numbers.ts";
import { fillReadme } from "../../lib/notebooks/readme.ts";
import { studiesOf } from "../../lib/study/confirmatory.ts";
import { readProtocols } from "../../lib/study/read_protocol.ts";

const read = (...path: string[]) => Deno.readTextFile(join(root, ...path));

Deno.test("the tables and numbers of the README are those of the kept results", async () => {
  const readme = await read("README.md");
  assertEquals(await fillReadme(readme), readme);
});

Deno.test("the numbers of what the benchmark's profile shows are the kept ones", async () => {
  const page = await read("data", "bench", "README.md");
  assertEquals(await fillNumbers(page), page);
});

Deno.test("the page of claims is that of the kept results", async () => {
  assertEquals(await claimsPage(), await read("data", "claims.md"));
});

const notebooks = await Promise.all(
  (await notebookNames()).map((name) => read("notebooks", `${name}.ipynb`)),
);

Deno.test("notebooks show the kept results, and their sentences tell them", async () => {
  for (const notebook of notebooks) {
    assertEquals(await fillNotebook(notebook), notebook);
  }
});

Deno.test("every kept experiment is shown, and every family of the study", async () => {
  const shown = notebooks.join();
  for (const name of await folderNames(join(dataDir, "results"))) {
    if (name.startsWith("study_")) continue;
    assertStringIncludes(shown, `<!-- kept: ${name} -->`);
  }
  const asked = shown.matchAll(/<!-- kept: (study_\w+): (.+?) -->/g);
  const families = [...asked].flatMap(([, study, names]) =>
    names.split("; ").map((name) => `${study}: ${name}`)
  );
  const all = studiesOf(await readProtocols()).flatMap(
    ({ name: study, protocol, track }) =>
      protocol.families.map(({ name }) => name.split(": "))
        .filter(([own]) => own === track)
        .map(([, family]) => `${study}: ${family}`),
  );
  assertEquals(new Set(families), new Set(all));
});

Deno.test("fillIn() refuses a document without its markers", () => {
  assertThrows(() => fillIn("<!-- a -->", "a", ""), RangeError, "<!-- /a -->");
});
