import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";
import { escapeHtml } from "./format.ts";

const { resolve } = createRequire(import.meta.url);

/**
 * Finds a file of an npm package that is read and not imported.
 *
 * @param path The package's name, and the path inside it if not its main file.
 * @returns The file's path.
 */
export function packageFile(path: string): string {
  return resolve(path);
}

const faces = ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique"];

/** The pinned fonts that kept figures are measured and drawn in. */
export const fonts = {
  loadSystemFonts: false,
  defaultFontFamily: "DejaVu Sans",
  fontFiles: faces.map((face) =>
    packageFile(`dejavu-fonts-ttf/ttf/${face}.ttf`)
  ),
};

// Of DejaVu Sans, in units of the font's size.
const ascent = 0.928;
const lineHeight = 1.164;
/** Plotly's distance between lines, in the same units. */
const lineSpacing = 1.3;

/** A box in pixels; `y` grows downward. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Corner = readonly [number, number];

/**
 * Measures an SVG text element in the kit's fonts: across by its ink, upward by
 * the height of its lines, as a browser does.
 *
 * @param markup The element's markup, `<text ...>...</text>`.
 * @param size The size of its font in pixels.
 * @returns The box, moved and turned by the element's own transform.
 */
export function measureText(markup: string, size: number): Box {
  const [opening] = markup.match(/^<text[^>]*>/) ?? [""];
  const transform = / transform="([^"]*)"/.exec(opening)?.[1] ?? "";
  const { x, width } = inkOf(markup.replace(/ transform="[^"]*"/, ""));
  const lines = markup.match(/<tspan class="line"/g)?.length ?? 1;
  const baseline = Number(/ y="([^"]*)"/.exec(opening)?.[1] ?? 0);
  const top = baseline - ascent * size;
  const bottom = top + (lineHeight + (lines - 1) * lineSpacing) * size;
  const corners: Corner[] = [[x, top], [x + width, top], [x, bottom], [
    x + width,
    bottom,
  ]];
  return around(corners.map((corner) => transformed(corner, transform)));
}

/**
 * The width of a line of text in the kit's fonts, in pixels.
 *
 * @param text The text; tags in it take no room.
 * @param size The size of its font in pixels.
 */
export function textWidth(text: string, size: number): number {
  const letters = escapeHtml(text.replace(/<[^>]*>/g, ""));
  return inkOf(
    `<text style="font-family: 'DejaVu Sans'; font-size: ${size}px">${letters}</text>`,
  ).width;
}

const inked = new Map<string, { x: number; width: number }>();

/** Where the ink of a text begins, and how wide it is. */
function inkOf(markup: string): { x: number; width: number } {
  let ink = inked.get(markup);
  if (!ink) {
    const box = new Resvg(
      `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1">${markup}</svg>`,
      { font: fonts },
    ).getBBox();
    ink = { x: box?.x ?? 0, width: box?.width ?? 0 };
    inked.set(markup, ink);
  }
  return ink;
}

/** Applies the moves and turns of a transform, the last first. */
function transformed(corner: Corner, transform: string): Corner {
  const steps = [...transform.matchAll(/(translate|rotate)\(([^)]*)\)/g)];
  return steps.reduceRight<Corner>(([x, y], [, kind, list]) => {
    const [a, b = 0, c = 0] = list.split(/[\s,]+/).map(Number);
    if (kind === "translate") return [x + a, y + b];
    const [sin, cos] = [
      Math.sin(a * Math.PI / 180),
      Math.cos(a * Math.PI / 180),
    ];
    const [dx, dy] = [x - b, y - c];
    return [b + dx * cos - dy * sin, c + dx * sin + dy * cos];
  }, corner);
}

function around(corners: readonly Corner[]): Box {
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}
