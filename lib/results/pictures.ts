import { encode } from "fast-png";
import type { Layout } from "plotly.js";
import { type Figure, figure } from "./figure.ts";

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
const titleLetter = 9;

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
  { side, ...options }: PictureGridOptions,
): Figure {
  const image = montage(rows.map(({ pictures }) => pictures), side);
  return gridFigure(image, rows, { ...options, height: side, width: side });
}

/** A row of color pictures of equal size. */
export interface ColorPictureRow {
  /** The row's name, at its left. */
  label: string;
  /** The pictures: red, green and blue of each pixel, bytes, row by row. */
  pictures: readonly Uint8Array[];
}

/** The words and the size of a grid of color pictures. */
export interface ColorPictureGridOptions
  extends Omit<PictureGridOptions, "side"> {
  /** The pixels of a picture, from top to bottom. */
  height: number;
  /** The pixels of a picture, from left to right. */
  width: number;
}

/**
 * A grid of color pictures, such as samples of captions: a row a caption.
 *
 * @param rows The rows, all with as many pictures.
 * @param options The title, the size, and the names of groups of columns; `scale`, the
 * width on the page of one picture, is 72 when left out.
 * @returns The figure; the pictures are one PNG inside it.
 * @throws {RangeError} If there is no picture, or rows differ in length, or a picture
 * does not have `3 * height * width` values.
 *
 * @example
 * ```ts
 * import { colorPictureGrid } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const red = Uint8Array.from([255, 0, 0, 255, 0, 0]);
 * const grid = colorPictureGrid(
 *   [{ label: "red", pictures: [red, red] }],
 *   { title: "Samples", height: 1, width: 2 },
 * );
 * assertEquals(grid.layout.images?.length, 1);
 * ```
 */
export function colorPictureGrid(
  rows: readonly ColorPictureRow[],
  { scale = 72, ...options }: ColorPictureGridOptions,
): Figure {
  const { height, width } = options;
  const pictures = rows.map(({ pictures }) => pictures);
  const image = setSide(pictures, { height, width, channels: 3 });
  return gridFigure(image, rows, { ...options, scale });
}

/** The figure of a PNG of pictures, a row each. */
function gridFigure(
  image: string,
  rows: readonly { label: string; pictures: readonly unknown[] }[],
  { title, headings = [], scale = 36, height, width: across }:
    ColorPictureGridOptions,
): Figure {
  const columns = rows[0].pictures.length;
  const left = 24 + labelLetter *
      Math.max(...rows.map(({ label }) => label.length));
  const width = columns * scale;
  const wide = Math.max(24, titleLetter * title.length - width);
  const margin = { l: left, r: wide, t: headings.length > 0 ? 70 : 48, b: 12 };
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
    width: margin.l + margin.r + width,
    height: margin.t + margin.b + rows.length * scale * height / across,
    layout,
  });
}

/** White pixels between two pictures. */
const gap = 2;

/**
 * Sets grey pictures side by side in one PNG, dark ink on white.
 *
 * @param rows Rows of pictures, each `side * side` values in [-1, 1]; values out
 * of range are clipped.
 * @param side The pixels along an edge of a picture.
 * @returns The PNG as a `data:` URI.
 */
export function montage(
  rows: readonly (readonly ArrayLike<number>[])[],
  side: number,
): string {
  const greys = rows.map((row) =>
    row.map((picture) => Array.from(picture, grey))
  );
  return setSide(greys, { height: side, width: side, channels: 1 });
}

/** Sets pictures of bytes side by side in one PNG, on white. */
function setSide(
  rows: readonly (readonly ArrayLike<number>[])[],
  { height, width, channels }: {
    height: number;
    width: number;
    channels: 1 | 3;
  },
): string {
  const columns = rows[0]?.length ?? 0;
  if (columns === 0 || rows.some((row) => row.length !== columns)) {
    throw new RangeError(
      `Cannot set pictures: expected rows of equal length, at least 1, got ${
        rows.map((row) => row.length).join(", ") || "no row"
      }`,
    );
  }
  const [across, down] = [
    columns * (width + gap),
    rows.length * (height + gap),
  ];
  const data = new Uint8Array(across * down * channels).fill(255);
  const line = width * channels;
  rows.forEach((row, r) =>
    row.forEach((picture, c) => {
      assertSize(picture, height * line);
      const top = r * (height + gap) + gap / 2;
      const left = c * (width + gap) + gap / 2;
      for (let y = 0; y < height; y++) {
        const at = ((top + y) * across + left) * channels;
        for (let x = 0; x < line; x++) data[at + x] = picture[y * line + x];
      }
    })
  );
  const png = encode({ width: across, height: down, data, channels });
  return `data:image/png;base64,${png.toBase64()}`;
}

/** -1 is white paper, 1 is black ink. */
function grey(value: number): number {
  return Math.round(255 * (1 - Math.min(1, Math.max(0, (value + 1) / 2))));
}

function assertSize(picture: ArrayLike<number>, size: number): void {
  if (picture.length !== size) {
    throw new RangeError(
      `Cannot set pictures: expected ${size} values a picture, got ${picture.length}`,
    );
  }
}
