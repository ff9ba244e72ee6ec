import type { Run } from "../experiments/experiment.ts";
import type { Look } from "../methods/method.ts";

/** How one series is told from the others: by colour, dash and marker at once. */
export type SeriesStyle = Look;

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
 * The look of series `index`, where series are no methods: a method has its own look in
 * every figure.
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

/** A look, or the index of one. */
export function styleOf(style: number | SeriesStyle): SeriesStyle {
  return typeof style === "number" ? seriesStyle(style) : style;
}

const spareColors = [
  ...["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"],
  ...["#332288", "#882255", "#117733", "#999933", "#AA4499", "#8B5A2B"],
  ...["#B22222", "#5F5FA6", "#3D8C8C", "#777777"],
];
const spareSymbols = [
  ...["circle", "square", "diamond", "triangle-up", "triangle-down", "cross"],
  ...["star", "hexagon", "pentagon", "bowtie", "hourglass"],
];
const dashes = ["solid", "dash", "dashdot", "dot", "longdash"] as const;

/** Look `k` of many: the colour first, so that the first ones all differ in it. */
const spareLook = (k: number): Look => ({
  color: spareColors[k % spareColors.length],
  symbol: spareSymbols[(k + Math.floor(k / 16)) % spareSymbols.length],
  dash: dashes[k % dashes.length],
});

/**
 * The look of each method of a run: its own, or one that no method of the run has. A
 * second method of the same look gets another, too.
 */
export function looksOf({ methods }: Pick<Run, "methods">): Map<string, Look> {
  const looks = new Map<string, Look>();
  const same = (a: Look, b: Look) =>
    a.color === b.color && a.symbol === b.symbol;
  for (const [name, { look }] of Object.entries(methods)) {
    if (look && ![...looks.values()].some((other) => same(other, look))) {
      looks.set(name, look);
    }
  }
  const colors = new Set([...looks.values()].map(({ color }) => color));
  const spare = Array.from({ length: 176 }, (_, k) => spareLook(k));
  for (const name of Object.keys(methods)) {
    if (looks.has(name)) continue;
    const look = spare.find(({ color }) => !colors.has(color)) ??
      spare.find((own) => ![...looks.values()].some((o) => same(o, own)))!;
    colors.add(look.color);
    looks.set(name, look);
  }
  return new Map(
    Object.keys(methods).map((name) => [name, looks.get(name)!]),
  );
}

/** Colours of measures, which stand beside each other and are no methods. */
export const measureColors: readonly string[] = [
  ...["#3B4B59", "#C2A83E", "#9DB4C0", "#7A5C85", "#5B7F5B"],
];

/** A colour between white (-1), itself (0) and black (1). */
export function shaded(color: string, amount: number): string {
  const target = amount < 0 ? 255 : 0;
  const part = Math.abs(amount);
  const mixed = [1, 3, 5].map((at) => {
    const value = parseInt(color.slice(at, at + 2), 16);
    return Math.round(value + (target - value) * part).toString(16)
      .padStart(2, "0");
  });
  return `#${mixed.join("")}`;
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
