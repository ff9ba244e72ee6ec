import { join } from "node:path";
import { writeText } from "../data/files.ts";
import { isRecord } from "../data/json.ts";
import { parseJson } from "../data/read_json.ts";
import { displayFigure, type Figure } from "./figure.ts";
import { assertName } from "./folders.ts";
import { renderSvg } from "./render.ts";

/**
 * Keeps a figure as `<name>.json` (the value, for `deno task show`) and `<name>.svg`.
 * Numbers are kept to six significant digits. Equal figures give equal bytes.
 *
 * @param folder The folder to write to; it is made if missing.
 * @param name The figure's name: lower-case letters, digits and `_`.
 * @param figure The figure.
 * @throws {RangeError} If the name could leave the folder.
 *
 * @example
 * ```ts
 * import { figure, loadFigure, saveFigure } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * await saveFigure(folder, "line", figure([{ x: [0, 1], y: [0, 1] }], { title: "A" }));
 * assertEquals((await loadFigure(`${folder}/line.json`)).data.length, 1);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function saveFigure(
  folder: string,
  name: string,
  figure: Figure,
): Promise<void> {
  assertName("figure", name);
  const text = JSON.stringify(
    figure,
    (_, value) =>
      typeof value === "number" ? Number(value.toPrecision(6)) : value,
  );
  const kept = figureFrom(text);
  const path = join(folder, name);
  await writeText(`${path}.svg`, await renderSvg(kept));
  await writeText(`${path}.json`, `${text}\n`);
}

/**
 * Reads a kept figure.
 *
 * @param path The figure's `.json` file.
 * @returns The figure; in a notebook it is shown live.
 * @throws {RangeError} If the file does not hold a figure, naming it.
 * @throws {Deno.errors.NotFound} If there is no such file.
 *
 * @example
 * ```ts
 * import { loadFigure } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".json" });
 * await Deno.writeTextFile(path, `{ "data": [], "layout": { "width": 300 } }`);
 * assertEquals((await loadFigure(path)).layout.width, 300);
 * await Deno.remove(path);
 * ```
 */
export async function loadFigure(path: string): Promise<Figure> {
  return figureFrom(await Deno.readTextFile(path), path);
}

/**
 * Reads a figure from its text.
 *
 * @param text The JSON.
 * @param where Where it was found, for messages.
 * @throws {RangeError} If it is no figure.
 */
export function figureFrom(text: string, where = "a figure"): Figure {
  const { data, layout } = parseJson(text, where);
  if (!Array.isArray(data) || !isRecord(layout)) {
    throw new RangeError(
      `Cannot read ${where}: expected { data, layout }, got ${
        text.slice(0, 40)
      }`,
    );
  }
  return displayFigure({ data, layout } as Figure);
}
