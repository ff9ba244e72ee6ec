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
import { entries } from "../results/folders.ts";
import { loadFigure } from "../results/figure_files.ts";

/**
 * Serves the figure that the arguments name.
 *
 * @param args The arguments of the command line: one name.
 * @param folder The folder of the kept figures.
 * @throws {RangeError} If the arguments do not name one kept figure; the message
 * lists those there are.
 */
export async function show(
  args: readonly string[],
  folder: string,
): Promise<void> {
  const names = (await entries(folder))
    .filter(({ name }) => name.endsWith(".json"))
    .map(({ name }) => name.slice(0, -".json".length));
  if (args.length !== 1 || !names.includes(args[0])) {
    const kept = names.length > 0
      ? `The kept figures are:\n${names.map((name) => `  ${name}`).join("\n")}`
      : "No figure is kept yet: run deno task reproduce --keep";
    throw new RangeError(
      `Cannot show: expected the name of one kept figure, got "${
        args.join(" ")
      }"\n${kept}`,
    );
  }
  const { data, layout } = await loadFigure(join(folder, `${args[0]}.json`));
  const { plot } = await import("nodeplotlib");
  // nodeplotlib's types are those of an older plotly.
  plot(data as never, layout as never);
}

if (import.meta.main) {
  try {
    await show(Deno.args, join(dataDir, "figures"));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`${error.message}\nUsage: deno task show FIGURE`);
    Deno.exit(2);
  }
}
