import type { PlotData } from "plotly.js";
import type { Trace } from "../figure.ts";
import { formatNumber } from "../format.ts";
import type { TableRow } from "../table_row.ts";
import { seriesStyle } from "../theme.ts";
import { column, ends } from "./bounds.ts";
import { type Place, placeLabels } from "./place_labels.ts";
import { pointsWithBars } from "./points_with_bars.ts";

/** One method's sweep in a figure of fronts. */
export interface FrontSeries {
  /** Rows as {@linkcode summarise} makes them, in the order of the coefficient. */
  rows: readonly TableRow[];
  /** The name in the legend. */
  name: string;
  /** The index of the look; see {@linkcode seriesStyle}. */
  style: number;
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
  { x, y, label, beside = [] }: FrontsOptions,
): Trace[] {
  const curves = fronts.map(({ rows }) =>
    points(column(rows, x), column(rows, y))
  );
  const lines = (beside as Partial<PlotData>[]).map((trace) =>
    points(trace.x as number[], trace.y as number[])
  );
  const bars = fronts.flatMap(({ rows }) => errorBarLines(rows, x, y));
  const toPage = pageOf([...curves, ...lines, ...bars].flat());
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
    const { color, dash } = seriesStyle(style);
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

/** Maps data to the page, as plotly's automatic range does but for its padding. */
function pageOf(data: readonly Place[]): (place: Place) => Place {
  const scale = (values: number[], size: number) => {
    const low = Math.min(...values);
    const extent = Math.max(...values) - low || 1;
    return (value: number) => (value - low) / extent * size;
  };
  const across = scale(data.map((place) => place.x), plot.width);
  const up = scale(data.map((place) => place.y), plot.height);
  return ({ x, y }) => ({ x: across(x), y: up(y) });
}

/** Points every few pixels along a line. */
function along(line: readonly Place[]): Place[] {
  return line.flatMap((from, i) => {
    const to = line[i + 1] ?? from;
    const steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / 3);
    return Array.from({ length: steps + 1 }, (_, s) => ({
      x: from.x + (to.x - from.x) * s / Math.max(1, steps),
      y: from.y + (to.y - from.y) * s / Math.max(1, steps),
    }));
  });
}
