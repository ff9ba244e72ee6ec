import { Resvg } from "@resvg/resvg-js";
import type { Figure } from "./figure.ts";
import { fonts } from "./fonts.ts";
import { openPage } from "./plotly_page.ts";

/**
 * Renders a figure as SVG, by plotly in a simulated page. Equal figures give equal
 * bytes: the letters are measured in the kit's own fonts, not the machine's, and
 * plotly's random names are drawn from a fixed seed.
 *
 * @param figure The figure.
 * @returns The SVG text.
 *
 * @example
 * ```ts
 * import { figure, renderSvg } from "kit";
 * import { assertMatch } from "@std/assert";
 *
 * const svg = await renderSvg(figure([{ x: [1, 2], y: [3, 4] }], { title: "Two" }));
 * assertMatch(svg, /^<svg/);
 * ```
 */
export async function renderSvg({ data, layout }: Figure): Promise<string> {
  const page = await openPage();
  // Plotly writes defaults into what it is given: hand it a copy.
  return await page.toSvg(structuredClone({ data, layout }));
}

/**
 * Renders a figure as PNG at twice its size in pixels, from its SVG and the kit's
 * own fonts; equal figures give equal bytes.
 *
 * @param figure The figure.
 * @returns The bytes of the PNG file.
 *
 * @example
 * ```ts
 * import { figure, renderPng } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const png = await renderPng(figure([{ x: [1, 2], y: [3, 4] }], { title: "Two" }));
 * assertEquals([...png.slice(1, 4)], [..."PNG"].map((letter) => letter.charCodeAt(0)));
 * ```
 */
export async function renderPng(figure: Figure): Promise<Uint8Array> {
  const image = new Resvg(await renderSvg(figure), {
    font: fonts,
    fitTo: { mode: "zoom", value: 2 },
    background: "white",
  });
  return new Uint8Array(image.render().asPng());
}
