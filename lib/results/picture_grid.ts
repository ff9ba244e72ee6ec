import type { Layout } from "plotly.js";
import { type Figure, figure } from "./figure.ts";
import { montage } from "./montage.ts";

/** A row of pictures of equal size. */
export interface PictureRow {
  /** The row's name, at its left. */
  label: string;
  /** The pictures, each `side * side` grey values in [-1, 1], row by row. */
  pictures: readonly ArrayLike<number>[];
}

/** The words and the size of a grid of pictures. */
export interface PictureGridOptions {
  /** What the figure shows, in a line. */
  title: string;
  /** The pixels along an edge of a picture. */
  side: number;
  /** Names of groups of columns, spread evenly along the top. */
  headings?: readonly string[];
  /** The width on the page of one picture. */
  scale?: number;
}

const labelLetter = 7.5;

/**
 * A grid of grey pictures, such as samples of digits: a row a method or a
 * coefficient, dark ink on white.
 *
 * @param rows The rows, all with as many pictures.
 * @param options The title, the side, and the names of groups of columns.
 * @returns The figure; the pictures are one PNG inside it.
 * @throws {RangeError} If there is no picture, or rows differ in length, or a
 * picture does not have `side * side` values.
 *
 * @example
 * ```ts
 * import { pictureGrid } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const black = [1, 1, 1, 1];
 * const white = [-1, -1, -1, -1];
 * const grid = pictureGrid(
 *   [{ label: "beta = 0", pictures: [black, white] }],
 *   { title: "Samples", side: 2 },
 * );
 * assertEquals(grid.layout.images?.length, 1);
 * ```
 */
export function pictureGrid(
  rows: readonly PictureRow[],
  { title, side, headings = [], scale = 36 }: PictureGridOptions,
): Figure {
  const columns = rows[0]?.pictures.length ?? 0;
  const image = montage(rows.map(({ pictures }) => pictures), side);
  const left = 24 + labelLetter *
      Math.max(...rows.map(({ label }) => label.length));
  const margin = { l: left, r: 24, t: headings.length > 0 ? 70 : 48, b: 12 };
  const plain = {
    showgrid: false,
    showline: false,
    ticks: "" as const,
    automargin: false,
    fixedrange: true,
  };
  const layout: Partial<Layout> = {
    margin,
    images: [{
      source: image,
      xref: "x",
      yref: "y",
      x: 0,
      y: 0,
      sizex: columns,
      sizey: rows.length,
      xanchor: "left",
      yanchor: "top",
      sizing: "stretch",
      layer: "above",
    }],
    xaxis: {
      ...plain,
      range: [0, columns],
      side: "top",
      tickmode: "array",
      tickvals: headings.map((_, i) => (i + 0.5) * columns / headings.length),
      ticktext: [...headings],
    },
    yaxis: {
      ...plain,
      range: [rows.length, 0],
      tickmode: "array",
      tickvals: rows.map((_, i) => i + 0.5),
      ticktext: rows.map(({ label }) => label),
    },
  };
  // Plotly draws no axes without a trace: one that shows nothing stands in.
  return figure([{ x: [], y: [], showlegend: false }], {
    title,
    width: margin.l + margin.r + columns * scale,
    height: margin.t + margin.b + rows.length * scale,
    layout,
  });
}
