import { Resvg } from "@resvg/resvg-js";
import { fonts } from "./fonts.ts";

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

const inked = new Map<string, Box>();

/**
 * Measures an SVG text element in the kit's fonts: across by its ink and, unless
 * it is turned, upward by the height of its lines, as a browser does.
 *
 * @param markup The element's markup, `<text ...>...</text>`.
 * @param size The size of its font in pixels.
 * @returns The box, moved by the element's own place and transform.
 */
export function measureText(markup: string, size: number): Box {
  const ink = inkBox(markup);
  const [opening] = markup.match(/^<text[^>]*>/) ?? [""];
  if (/rotate\(/.test(opening)) return ink;
  const lines = markup.match(/<tspan class="line"/g)?.length ?? 1;
  const y = Number(/ y="([^"]*)"/.exec(opening)?.[1] ?? 0);
  const shift = Number(
    /translate\([^,)]*[, ]\s*([^)]*)\)/.exec(opening)?.[1] ?? 0,
  );
  return {
    x: ink.x,
    y: y + shift - ascent * size,
    width: ink.width,
    height: (lineHeight + (lines - 1) * lineSpacing) * size,
  };
}

function inkBox(markup: string): Box {
  let box = inked.get(markup);
  if (!box) {
    const drawn = new Resvg(
      `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1">${markup}</svg>`,
      { font: fonts },
    ).getBBox();
    const { x, y, width, height } = drawn ??
      { x: 0, y: 0, width: 0, height: 0 };
    box = { x, y, width, height };
    inked.set(markup, box);
  }
  return box;
}
