import { join } from "node:path";
import { root, writeText } from "../data/files.ts";
import { cellsToModule, notebookProblems } from "./cells.ts";
import { notebookNames } from "./find.ts";

/** Formats a notebook, as `deno fmt --check` calls every notebook unformatted. */
async function formatted(notebook: string): Promise<string> {
  const process = new Deno.Command("deno", {
    args: ["fmt", "--ext=ipynb", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(notebook));
  await writer.close();
  return new TextDecoder().decode((await process.output()).stdout);
}

/**
 * Checks the committed notebooks, says what is wrong with them, and writes the cells
 * of each as a module.
 *
 * @param folder The folder of the modules.
 * @returns Whether all are clean.
 */
export async function checkNotebooks(folder: string): Promise<boolean> {
  let clean = true;
  for (const name of await notebookNames()) {
    const file = await Deno.readTextFile(
      join(root, "notebooks", `${name}.ipynb`),
    );
    const notebook = JSON.parse(file);
    const problems = notebookProblems(notebook);
    if (await formatted(file) !== file) problems.push("not formatted");
    for (const problem of problems) {
      console.error(`notebooks/${name}.ipynb: ${problem}`);
      clean = false;
    }
    await writeText(join(folder, `${name}.ts`), cellsToModule(notebook));
  }
  return clean;
}
