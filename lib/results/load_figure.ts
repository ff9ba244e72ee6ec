import { displayFigure } from "./display.ts";
import type { Figure } from "./figure.ts";

/**
 * Reads a kept figure.
 *
 * @param path The figure's `.json` file.
 * @returns The figure; in a notebook it is shown live.
 * @throws {TypeError} If the file does not hold a figure.
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
  return figureFrom(await Deno.readTextFile(path));
}

/** Reads a figure from its text. */
export function figureFrom(text: string): Figure {
  const value = JSON.parse(text);
  if (!Array.isArray(value?.data) || typeof value.layout !== "object") {
    throw new TypeError(
      `Cannot read a figure: expected { data, layout }, got ${
        text.slice(0, 40)
      }`,
    );
  }
  return displayFigure(value);
}
