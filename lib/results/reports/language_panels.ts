import { disposeTask, sumTask } from "../../experiments/language_task.ts";
import {
  sequenceFrontier,
  type SequenceFrontierPoint,
} from "../../metrics/sequence_frontier.ts";
import type { Row } from "../../train/row.ts";
import type { Headline } from "../experiment_record.ts";
import type { Figure } from "../figure.ts";
import { meanInterval } from "../intervals.ts";
import { type Panel, panels } from "../panels.ts";
import type { TableRow } from "../table_row.ts";
import { exactLine } from "../traces/exact_line.ts";
import {
  type FrontSeries,
  frontsWithLabels,
} from "../traces/fronts_with_labels.ts";
import { lineWithBand } from "../traces/line_with_band.ts";

/** What is measured of a language policy and averaged over seeds. */
export const languageMetrics = [
  "reward",
  "entropy",
  "answers",
  "klExact",
] as const;

/** The words of each of them on an axis. */
export const languageAxes: Record<string, string> = {
  reward: "expected reward",
  entropy: "entropy (nats)",
  answers: "effective right answers",
  klExact: "KL from the reference (nats)",
};

/** The looks of the methods: one figure has at most one method of each. */
const looks: readonly (readonly string[])[] = [
  ["GRPO, k3"],
  ["GRPO, exact KL", "ADRPO-GRPO, ±0.5 beta0"],
  [
    "KL controller",
    "RAFT",
    "ADRPO-GRPO, ±beta0",
    "ADRPO-GRPO, unclipped, exact KL",
    "ADRPO-GRPO, running baseline",
  ],
  [
    "entropy bonus",
    "DPO",
    "GRPO, no KL",
    "ADRPO-GRPO, ±2 beta0",
    "ADRPO-GRPO, beta_eff ≥ 0, exact KL",
  ],
  ["ADRPO-GRPO, unclipped"],
  ["ADRPO-GRPO, beta_eff ≥ 0"],
];

/**
 * The index of the look that a method has in every figure; see
 * {@linkcode seriesStyle}.
 *
 * @throws {RangeError} If the method has none.
 */
export function languageStyle(method: string): number {
  const style = looks.findIndex((methods) => methods.includes(method));
  if (style < 0) {
    throw new RangeError(`Expected a method with a look, got "${method}"`);
  }
  return style;
}

/**
 * The least difference of entropy between two sweeps at equal reward, in nats, that
 * counts: joining the points of a front by straight lines errs by up to about this
 * where they are far apart, and against the sweep whose points are sparse.
 */
export const leastGain = 0.05;

const lambdas = [
  Infinity,
  ...Array.from({ length: 40 }, (_, i) => 4 * 0.9 ** i),
];

/** The exact frontier of p ∝ pRef exp(r / lambda) of the digit sum. */
export async function digitSumFrontier(): Promise<SequenceFrontierPoint[]> {
  const task = await sumTask();
  const points = await sequenceFrontier(task, { lambdas });
  disposeTask(task);
  return points;
}

/**
 * A panel of fronts over the exact frontier.
 *
 * @param fronts The sweeps.
 * @param options The panel's title, the metric upward and the exact frontier.
 */
export function frontPanel(
  fronts: readonly FrontSeries[],
  { title, metric, frontier }: {
    title: string;
    metric: "entropy" | "answers" | "klExact";
    frontier: readonly SequenceFrontierPoint[];
  },
): Panel {
  const exact = metric === "answers"
    ? "effectiveAnswers"
    : metric === "klExact"
    ? "kl"
    : metric;
  const line = exactLine(
    frontier.map(({ reward }) => reward),
    frontier.map((point) => point[exact]),
    { name: "exact optimum p*" },
  );
  return {
    title,
    xTitle: languageAxes.reward,
    yTitle: languageAxes[metric],
    data: [
      ...line,
      ...frontsWithLabels(fronts, {
        x: "reward",
        y: metric,
        label: "beta",
        beside: line,
      }),
    ],
  };
}

/** A line of a panel: rows by iteration as {@linkcode summarise} makes them. */
export interface TrainingSeries {
  rows: readonly TableRow[];
  /** The name in the legend. */
  name: string;
  /** The index of the look. */
  style: number;
}

/**
 * A panel of means over training, one line a method.
 *
 * @param series The lines.
 * @param options The panel's title, the metric and the title of its axis.
 */
export function trainingPanel(
  series: readonly TrainingSeries[],
  { title, metric, yTitle }: { title: string; metric: string; yTitle: string },
): Panel {
  return {
    title,
    xTitle: "iteration",
    yTitle,
    data: series.flatMap(({ rows, name, style }) =>
      lineWithBand(rows, { x: "iteration", y: metric, name, style })
    ),
  };
}

/** A headline of the mean of a column over runs. */
export function meanHeadline(
  rows: readonly Row[],
  { name, column, unit }: { name: string; column: string; unit: string },
): Headline {
  const values = rows.map((row) => row[column] as number);
  return { name, ...meanInterval(values), unit };
}

/**
 * Draws fronts of methods side by side, one panel a metric, with the exact optimum.
 *
 * @param series The methods' sweeps.
 * @param options The metrics, the exact frontier and the title.
 */
export function languageFronts(
  series: readonly FrontSeries[],
  { metrics, frontier, title }: {
    metrics: readonly ("entropy" | "answers" | "klExact")[];
    frontier: readonly SequenceFrontierPoint[];
    title: string;
  },
): Figure {
  const list = metrics.map((metric) =>
    frontPanel(series, { title: languageAxes[metric], metric, frontier })
  );
  return panels(list, { title, columns: 2, width: 1040, rowHeight: 400 });
}
