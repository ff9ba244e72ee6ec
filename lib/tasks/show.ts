/**
 * `deno task show FIGURE`: opens a kept figure in a window, by nodeplotlib.
 *
 * The process serves the window until it is closed. With `NODEPLOTLIB_PORT` set
 * it serves on that port (0: any free one) and opens no window.
 *
 * @module
 */

import { join } from "node:path";
import { dataDir } from "../data/files.ts";
import { entries } from "../results/entries.ts";
import { loadFigure } from "../results/load_figure.ts";

const folder = join(dataDir, "figures");

/** Says what is wrong and what could be asked for, and ends with an error. */
function refuse(problem: string, names: readonly string[]): never {
  const kept = names.length > 0
    ? `The kept figures are:\n${names.map((name) => `  ${name}`).join("\n")}`
    : "No figure is kept yet: run deno task reproduce --keep";
  console.error(`${problem}\nUsage: deno task show FIGURE\n${kept}`);
  Deno.exit(2);
}

if (import.meta.main) {
  const names = (await entries(folder))
    .filter(({ name }) => name.endsWith(".json"))
    .map(({ name }) => name.slice(0, -".json".length));
  const [name, ...rest] = Deno.args;
  if (name === undefined) refuse("No figure is named.", names);
  if (rest.length > 0) refuse(`One figure at a time, not ${Deno.args}.`, names);
  if (!names.includes(name)) refuse(`There is no figure "${name}".`, names);
  const { data, layout } = await loadFigure(join(folder, `${name}.json`));
  const { plot } = await import("nodeplotlib");
  // nodeplotlib's types are those of an older plotly.
  plot(data as never, layout as never);
}
