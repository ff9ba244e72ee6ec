import { adrpo } from "../methods/adrpo.ts";
import { doseResponse, slopes } from "../methods/adrpo_controls.ts";
import { exactTokens } from "../methods/families.ts";
import { grpo } from "../methods/fixed_beta.ts";
import { type Family } from "../methods/method.ts";
import { type TokenSignals } from "../policies/tokens.ts";
import { noted } from "../results/chart_parts.ts";
import { type Figure, figure, type Trace } from "../results/figure.ts";
import { estimate } from "../results/per_seed.ts";
import { panels } from "../results/panels.ts";
import { where } from "../results/rows.ts";
import { ink, seriesStyle } from "../results/theme.ts";
import { type KeptStudy } from "./confirmatory.ts";
import { k2Tokens, k3Tokens } from "./methods.ts";
import { methodsOn } from "./protocol.ts";
import { studyStatistics } from "./statistics.ts";

/** What is compared with what, in the names of a protocol. */
interface Pair {
  readonly task: string;
  readonly method: string;
  readonly rival: string;
  readonly rivalTask: string;
}

/**
 * A gain at equal reward with its 95% interval, at a place of a chart; `NaN` where fronts
 * have too few rewards in common.
 */
export type Gain = {
  readonly series: string;
  readonly x: number;
  readonly gain: number;
  readonly gainLow: number;
  readonly gainHigh: number;
};

/**
 * The gain at equal reward of a pair, from the first of some studies that ran both: by the
 * statistic and the interval of verdicts, before Holm's steps.
 */
function gainOf(
  studies: readonly KeptStudy[],
  { task, method, rival, rivalTask }: Pair,
): Omit<Gain, "series" | "x"> {
  const study = studies.find(({ protocol, track }) => {
    const { tasks, methods } = protocol.tracks[track];
    const runs = (task: string, method: string) =>
      Object.hasOwn(tasks, task) &&
      methodsOn(methods, task).some(([name]) => name === method);
    return runs(task, method) && runs(rivalTask, rival);
  });
  if (!study) {
    throw new RangeError(
      `Expected a study that ran ${method} on ${task} and ${rival} on ${rivalTask}, got none`,
    );
  }
  const { protocol, track, kept: { rows } } = study;
  const own = protocol.tracks[track].tasks[task];
  const { value, low, high } = estimate(
    studyStatistics["gain at equal reward"].measure({
      ...own,
      own: where(rows, { task, method }),
      rival: where(rows, { task: rivalTask, method: rival }),
      metric: own.diversity,
    }),
  );
  return { gain: value, gainLow: low, gainHigh: high };
}

const divergences: Readonly<Record<string, Family<TokenSignals>>> = {
  "exact KL": exactTokens,
  k2: k2Tokens,
  k3: k3Tokens,
};

/**
 * The dose-response of adaptivity: how many right answers `beta0 + s A` keeps at equal
 * reward more than a fixed beta, s = 0, for each s and divergence.
 *
 * @param studies The studies of language policies, the earliest first.
 * @returns A row a divergence and s; at s = 0 it is 0.
 * @throws {RangeError} If no study ran a dose.
 */
export function doseGains(studies: readonly KeptStudy[]): Gain[] {
  const task = "digit sum";
  return Object.entries(divergences).flatMap(([series, family]) => {
    const rival = grpo(family).name;
    return doseResponse(family).map(({ name }, i) => {
      const x = slopes[i];
      if (x === 0) return { series, x, gain: 0, gainLow: 0, gainHigh: 0 };
      const method = x === -1 ? adrpo(family).name : name;
      const pair = { task, method, rival, rivalTask: task };
      return { series, x, ...gainOf(studies, pair) };
    });
  });
}

/** The widths of a track's policies, and the tasks of each; the last is the largest. */
const sizes = {
  flow: {
    method: "ADRPO-FM",
    unit: "units",
    title: "mode entropy (nats)",
    tasks: { 16: "width 16", 32: "width 32", 64: "graded", 128: "width 128" },
  },
  language: {
    method: "ADRPO-GRPO, exact KL",
    unit: "features",
    title: "right answers",
    tasks: { 4: "width 4", 8: "width 8", 16: "width 16", 32: "digit sum" },
  },
} as const;

/**
 * What a model with ADRPO keeps at equal reward more than the largest of its track with
 * it: fewer than nothing is what size adds.
 *
 * @param studies The studies of one track, the earliest first.
 * @returns A row a width but for the largest.
 * @throws {RangeError} If no study ran a width beside the largest.
 */
export function sizeGains(studies: readonly KeptStudy[]): Gain[] {
  const { method, tasks } = sizes[studies[0].track as keyof typeof sizes];
  const widths = Object.entries(tasks).map(([width, task]) => ({
    ...{ width: Number(width), task },
  }));
  const { task: rivalTask } = widths.at(-1)!;
  return widths.slice(0, -1).map(({ width, task }) => ({
    ...{ series: method, x: width },
    ...gainOf(studies, { task, method, rival: method, rivalTask }),
  }));
}

/** Series of gains as lines with their intervals, a little apart from each other. */
function linesOf(gains: readonly Gain[], apart: number): Trace[] {
  const there = gains.filter(({ gain }) => Number.isFinite(gain));
  const series = Map.groupBy(there, ({ series }) => series);
  return [...series].map(([name, own], i): Trace => {
    const { color, dash, symbol } = seriesStyle(i);
    return {
      ...{ type: "scatter", mode: "lines+markers", name },
      x: own.map(({ x }) => x + apart * (i - (series.size - 1) / 2)),
      y: own.map(({ gain }) => gain),
      error_y: {
        ...{ type: "data", symmetric: false, color, thickness: 1.2, width: 3 },
        array: own.map(({ gain, gainHigh }) => gainHigh - gain),
        arrayminus: own.map(({ gain, gainLow }) => gain - gainLow),
      },
      line: { color, dash, width: 2 },
      marker: { color, symbol, size: 8, line: { color: "white", width: 1 } },
    } as Trace;
  });
}

/** What all are compared with. */
const zeroLine = (name: string, x: readonly [number, number]): Trace => ({
  ...{ type: "scatter", mode: "lines", name, x: [...x], y: [0, 0] },
  line: { color: ink, width: 1.5 },
});

/**
 * Draws the dose-response of adaptivity; see {@linkcode doseGains}.
 *
 * @param gains Its rows.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { doseChart } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const dose = doseChart([
 *   { series: "k2", x: -1, gain: -12, gainLow: -13, gainHigh: -11 },
 * ]);
 * assertEquals(dose.data.length, 2); // and the line of zero
 * ```
 */
export function doseChart(gains: readonly Gain[]): Figure {
  const line = zeroLine("s = 0: a fixed beta", [-1.1, 1.1]);
  return figure([line, ...linesOf(gains, 0.02)], {
    title: "What beta0 + s A keeps at equal reward, against a fixed beta",
    xTitle: "s (-1 is ADRPO)",
    yTitle: "right answers more (95% interval)",
    layout: { xaxis: { range: [-1.12, 1.12], tickvals: [...slopes] } },
  });
}

/**
 * Draws what smaller models keep; see {@linkcode sizeGains}.
 *
 * @param byTrack The rows of each track.
 * @returns The figure, a panel a track.
 */
export function sizesChart(
  byTrack: Readonly<Record<keyof typeof sizes, readonly Gain[]>>,
): Figure {
  const list = Object.entries(byTrack).map(([track, gains]) => {
    const { unit, title, tasks } = sizes[track as keyof typeof sizes];
    const widths = Object.keys(tasks).map(Number);
    const large = widths.at(-1)!;
    const line = zeroLine("the largest", [widths[0] * 0.9, large * 1.1]);
    const apart = gains.filter(({ gain }) => Number.isNaN(gain))
      .map(({ x }) => `${x} ${unit} share no rewards with it`);
    return {
      title: noted(track, apart),
      xTitle: `${unit} a layer`,
      yTitle: `${title}, less those of ${large} ${unit}`,
      xaxis: { type: "log" as const, tickvals: widths },
      data: [line, ...linesOf(gains, 0)]
        .map((trace) => ({ ...trace, showlegend: false }) as Trace),
    };
  });
  return panels(list, {
    title:
      "What ADRPO keeps at equal reward, less what the largest model keeps",
    columns: list.length,
    width: 840,
    rowHeight: 330,
  });
}
