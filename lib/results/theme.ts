/** How one series is told from the others: by colour, dash and marker at once. */
export interface SeriesStyle {
  readonly color: string;
  readonly dash: "solid" | "dash" | "dot" | "dashdot" | "longdash";
  readonly symbol: string;
}

/** Colour of axes, text and reference lines. */
export const ink = "#333333";

/** The fonts of a figure; the first is the one that kept figures are set in. */
export const fontFamily = "DejaVu Sans, Verdana, Arial, sans-serif";

/**
 * The series of a figure in order, in the colours of Okabe and Ito, "Color
 * Universal Design" (2008), that stand out on white, and grey. Black is left for exact
 * references.
 */
const styles: readonly SeriesStyle[] = [
  { color: "#0072B2", dash: "solid", symbol: "circle" },
  { color: "#D55E00", dash: "dash", symbol: "square" },
  { color: "#009E73", dash: "dashdot", symbol: "diamond" },
  { color: "#CC79A7", dash: "dot", symbol: "triangle-up" },
  { color: "#E69F00", dash: "longdash", symbol: "triangle-down" },
  { color: "#56B4E9", dash: "dash", symbol: "cross" },
  { color: "#777777", dash: "dot", symbol: "x" },
];

/** The colours of traces that name none. */
export const colorway: readonly string[] = styles.map(({ color }) => color);

/**
 * The look of series `index`. Give a method the same index in every figure.
 *
 * @param index A whole number of at least 0; from 7 on the looks repeat.
 * @returns The style.
 * @throws {RangeError} If the index is negative or not whole.
 *
 * @example
 * ```ts
 * import { seriesStyle } from "kit";
 * import { assertNotEquals } from "@std/assert";
 *
 * assertNotEquals(seriesStyle(0).dash, seriesStyle(1).dash);
 * ```
 */
export function seriesStyle(index: number): SeriesStyle {
  if (!Number.isInteger(index) || index < 0) {
    throw new RangeError(
      `Cannot style a series: expected index of at least 0, got ${index}`,
    );
  }
  return styles[index % styles.length];
}

/**
 * A colour of the palette, made transparent for bands and fills.
 *
 * @param color A colour as `"#rrggbb"`.
 * @param alpha The opacity, in [0, 1].
 * @returns The colour as `rgba(...)`.
 *
 * @example
 * ```ts
 * import { translucent } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(translucent("#0072B2", 0.2), "rgba(0, 114, 178, 0.2)");
 * ```
 */
export function translucent(color: string, alpha: number): string {
  const [r, g, b] = [1, 3, 5].map((at) =>
    parseInt(color.slice(at, at + 2), 16)
  );
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}

/** The axis of the theme: a light grid, ticks outside. */
export const axisTheme = {
  automargin: true,
  gridcolor: "#E8E8E8",
  linecolor: ink,
  showline: true,
  ticks: "outside",
  ticklen: 4,
  tickcolor: ink,
  zeroline: false,
} as const;
