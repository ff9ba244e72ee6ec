import type { PlotData } from "plotly.js";
import type { Trace } from "./figure.ts";
import { formatNumber } from "./format.ts";
import { column, type TableRow } from "./rows.ts";
import { type SeriesStyle, styleOf } from "./theme.ts";
import { ends, pointsWithBars } from "./traces.ts";

/** One method's sweep in a figure of fronts. */
export interface FrontSeries {
  /** Rows as {@linkcode summarise} makes them, in the order of the coefficient. */
  rows: readonly TableRow[];
  /** The name in the legend. */
  name: string;
  /** The look, or the index of one; see {@linkcode seriesStyle}. */
  style: number | SeriesStyle;
}

/** What a figure of fronts shows. */
export interface FrontsOptions {
  /** The metric across. */
  x: string;
  /** The metric upward. */
  y: string;
  /** The column of the coefficient, which labels the points. */
  label: string;
  /** Other traces of lines in the same plot, for the labels to keep clear of. */
  beside?: readonly Trace[];
  /** What the plot shows, and its size in pixels; labels are placed for it. */
  view?: View;
}

/** The ranges of a plot's axes, and its size in pixels. */
export interface View {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly width: number;
  readonly height: number;
}

/** The plot that labels are placed for; a larger one only adds room. */
const plot = { width: 380, height: 230 };

/**
 * Fronts of sweeps: means with intervals both ways, joined in the order of the
 * coefficient and labelled by it. A label goes where it covers no line, bar or
 * label; where there is no such place it is left out, and shows on hover only.
 *
 * @param fronts The sweeps, one a method.
 * @param options The columns, and what else is in the plot.
 * @returns Two traces a sweep: the front, and its labels.
 * @throws {TypeError} If a column is missing or not a number.
 *
 * @example
 * ```ts
 * import { frontsWithLabels } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [0.1, 1].map((beta) => ({
 *   beta,
 *   reward: 1 - beta / 2,
 *   rewardLow: 0.4 - beta / 2,
 *   rewardHigh: 1.1,
 *   entropy: beta,
 *   entropyLow: beta - 0.1,
 *   entropyHigh: beta + 0.1,
 * }));
 * const traces = frontsWithLabels([{ rows, name: "ORW", style: 0 }], {
 *   x: "reward",
 *   y: "entropy",
 *   label: "beta",
 * });
 * assertEquals(traces.length, 2);
 * ```
 */
export function frontsWithLabels(
  fronts: readonly FrontSeries[],
  { x, y, label, beside = [], view }: FrontsOptions,
): Trace[] {
  const curves = fronts.map(({ rows }) =>
    points(column(rows, x), column(rows, y))
  );
  const lines = (beside as Partial<PlotData>[]).map((trace) =>
    points(trace.x as number[], trace.y as number[])
  );
  const bars = fronts.flatMap(({ rows }) => errorBarLines(rows, x, y));
  const toPage = pageOf(view ?? viewOf([...curves, ...lines, ...bars].flat()));
  const obstacles = [...curves, ...lines, ...bars]
    .flatMap((curve) => along(curve.map(toPage)));
  const texts = fronts.map(({ rows }) => column(rows, label).map(formatNumber));
  const placed = placeLabels(
    curves.flatMap((curve, f) =>
      curve.map((point, i) => ({ ...toPage(point), text: texts[f][i] }))
    ),
    obstacles,
  );
  return fronts.flatMap(({ rows, name, style }, f) => {
    const { color, dash } = styleOf(style);
    const [means] = pointsWithBars(rows, { x, y, name, style });
    const corners = placed.splice(0, rows.length);
    return [
      {
        ...means as Partial<PlotData>,
        mode: "lines+markers",
        line: { color, dash, width: 1.8 },
        customdata: texts[f],
        hovertemplate: `${label} = %{customdata}<br>` +
          `%{x:.3f}, %{y:.3f}<extra>${name}</extra>`,
      } as Trace,
      {
        type: "scatter",
        // Unseen markers, from which the labels keep their distance.
        mode: "text+markers",
        marker: { size: 8, opacity: 0 },
        x: curves[f].map((point) => point.x),
        y: curves[f].map((point) => point.y),
        text: texts[f].map((text, i) => corners[i] ? text : ""),
        // One corner a point, which plotly takes and its types do not know.
        textposition: corners.map((corner) => corner ?? "top right") as never,
        textfont: { size: 10, color },
        legendgroup: name,
        showlegend: false,
        hoverinfo: "skip",
      } as Trace,
    ];
  });
}

function points(x: readonly number[], y: readonly number[]): Place[] {
  return x.map((across, i) => ({ x: across, y: y[i] }));
}

/** Each error bar as a line of two points. */
function errorBarLines(
  rows: readonly TableRow[],
  x: string,
  y: string,
): Place[][] {
  const [across, up] = [column(rows, x), column(rows, y)];
  const [xs, ys] = [ends(rows, x), ends(rows, y)];
  return rows.flatMap((_, i) => [
    [{ x: xs.low[i], y: up[i] }, { x: xs.high[i], y: up[i] }],
    [{ x: across[i], y: ys.low[i] }, { x: across[i], y: ys.high[i] }],
  ]);
}

/** What shows all of the data in a plot of the usual size. */
function viewOf(data: readonly Place[]): View {
  const [xs, ys] = [data.map(({ x }) => x), data.map(({ y }) => y)];
  return {
    ...plot,
    x: [Math.min(...xs), Math.max(...xs)],
    y: [Math.min(...ys), Math.max(...ys)],
  };
}

/** Maps data to the page. */
function pageOf({ x, y, width, height }: View): (place: Place) => Place {
  const scale =
    ([low, high]: readonly [number, number], size: number) => (value: number) =>
      (value - low) / ((high - low) || 1) * size;
  const [across, up] = [scale(x, width), scale(y, height)];
  return (place) => ({ x: across(place.x), y: up(place.y) });
}

/** Longer lines leave the page, and have fewer points. */
const longest = 3000;

/** Points every few pixels along a line. */
function along(line: readonly Place[]): Place[] {
  if (line.length === 1) return [...line];
  return line.flatMap((from, i) => {
    const to = line[i + 1] ?? from;
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const steps = Math.ceil(Math.min(length, longest) / 3);
    return Array.from({ length: steps + 1 }, (_, s) => ({
      x: from.x + (to.x - from.x) * s / Math.max(1, steps),
      y: from.y + (to.y - from.y) * s / Math.max(1, steps),
    }));
  });
}

/** A place on the page in pixels; `y` grows upward. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Where a label stands, seen from its point; in plotly's words. */
export type Corner =
  | "top right"
  | "bottom left"
  | "top left"
  | "bottom right"
  | "middle right"
  | "middle left"
  | "top center"
  | "bottom center";

const corners: Corner[] = [
  "top right",
  "bottom left",
  "top left",
  "bottom right",
  "middle right",
  "middle left",
  "top center",
  "bottom center",
];

const letter = 6.6;
const line = 13;
/** From a point to the near edge of its label. */
const offset = 4;

/**
 * Chooses for each label, in order, a corner of its point where it covers no
 * obstacle and no label placed before; none if there is no such corner.
 *
 * @param labels The texts and their points.
 * @param obstacles Places that must stay free, such as the points of a line.
 * @returns The corner of each label, or `null` for one that finds no room.
 */
export function placeLabels(
  labels: readonly (Place & { readonly text: string })[],
  obstacles: readonly Place[],
): (Corner | null)[] {
  const taken: Rectangle[] = [];
  return labels.map((label) => {
    for (const corner of corners) {
      const room = rectangle(label, corner);
      const free = !taken.some((other) => overlap(room, other)) &&
        !obstacles.some((place) => contains(room, place));
      if (free) {
        taken.push(room);
        return corner;
      }
    }
    return null;
  });
}

interface Rectangle {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

function rectangle(
  { x, y, text }: Place & { readonly text: string },
  corner: Corner,
): Rectangle {
  const width = text.length * letter;
  const left = corner.includes("right")
    ? x + offset
    : corner.includes("left")
    ? x - offset - width
    : x - width / 2;
  const bottom = corner.includes("top")
    ? y + offset
    : corner.includes("bottom")
    ? y - offset - line
    : y - line / 2;
  return { left, right: left + width, bottom, top: bottom + line };
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.left < b.right && b.left < a.right && a.bottom < b.top &&
    b.bottom < a.top;
}

function contains(room: Rectangle, { x, y }: Place): boolean {
  return x > room.left && x < room.right && y > room.bottom && y < room.top;
}
