/**
 * What the notebooks show, after `deno task reproduce --scale smoke` has executed
 * them in the real kernel.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import { root, runsDir } from "../../lib/data/files.ts";
import { notebookNames } from "../../lib/notebooks/find.ts";
import { runCommand } from "../../lib/setup/run_command.ts";

interface Output {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: string | string[];
  readonly data?: Record<string, unknown>;
}

async function outputsOf(name: string): Promise<Output[]> {
  const path = join(runsDir("smoke"), "notebooks", `${name}.ipynb`);
  const { cells } = JSON.parse(await Deno.readTextFile(path));
  return cells.flatMap(({ outputs }: { outputs?: Output[] }) => outputs ?? []);
}

Deno.test("a backend that does not load is told before a kernel starts", async () => {
  await assertRejects(
    () =>
      runCommand("deno", ["task", "reproduce", "--scale", "smoke"], {
        cwd: root,
        env: { KIT_BACKEND: "nonsense" },
      }),
    Error,
    "KIT_BACKEND=nonsense does not load",
  );
});

const text = (value: unknown) => [value].flat().join("");

const names = await notebookNames();

Deno.test("there are notebooks", () => assert(names.length > 0));

Deno.test("the page of the run links every notebook", async () => {
  const index = join(runsDir("smoke"), "index.html");
  const page = await Deno.readTextFile(index);
  for (const name of names) {
    assertStringIncludes(page, `href="notebooks/${name}.html"`);
    const notebook = join(index, "..", "notebooks", `${name}.html`);
    assertStringIncludes(await Deno.readTextFile(notebook), "<table");
  }
});

for (const name of names) {
  Deno.test(`${name} ran to its end and shows a table and a plot`, async () => {
    const outputs = await outputsOf(name);
    const errors = outputs.filter(({ output_type }) => output_type === "error");
    assertEquals(errors, []);

    const shown = outputs.flatMap(({ data }) => data ? [data] : []);
    const html = shown.map((data) => text(data["text/html"])).join("");
    assertStringIncludes(html, "<table");

    const plots = shown.filter((data) =>
      "application/vnd.plotly.v1+json" in data
    );
    assert(plots.length > 0, "no plot");
    for (const plot of plots) {
      const figure = plot["application/vnd.plotly.v1+json"];
      assert((figure as { data: unknown[] }).data.length > 0, "an empty plot");
      assertStringIncludes(text(plot["image/svg+xml"]), "<svg");
    }
  });
}
