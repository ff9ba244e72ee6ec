import type { Run } from "../experiments/experiment.ts";
import {
  type ChartOptions,
  type Columns,
  gridOf,
  middleOf,
  pick,
} from "./chart_parts.ts";
import type { Figure } from "./figure.ts";
import { linesChart } from "./draw_lines.ts";
import { atEnd, column, where } from "./rows.ts";

/** What a chart over training shows. */
export interface TrainingChartOptions extends ChartOptions {
  /** The columns upward, a row of panels each. */
  y: Columns;
  /**
   * Which coefficients to follow: `"middle"`, that of each method's grid (of an even
   * number, the larger of the two), when left out; `"all"`, a line each, the lighter the
   * smaller; or one of them.
   */
  coefficient?: "middle" | "all" | number;
  /** The title across; `"online iteration"` when left out. */
  xTitle?: string;
}

/**
 * Draws columns over training, from iteration 0 on: mean over seeds, with the 95%
 * interval as a band, or, where more than three lines share a panel, as a bar at the end
 * alone. A line ends where a seed diverges. Panels of a column share its scale.
 *
 * @param run The run.
 * @param options The columns, and which tasks, methods and coefficients.
 * @returns The figure: a panel a task and column.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If the run has no such column, task, method or coefficient.
 *
 * @example
 * ```ts
 * import { trainingChart, type Run } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const run: Run = {
 *   ...{ experiment: "mine", scale: "smoke", config: {}, frontiers: [] },
 *   ...{ tasks: { t: "my task" }, methods: { m: { coefficient: "beta" } } },
 *   shown: [],
 *   rows: [0, 9].map((iteration) => ({
 *     ...{ task: "t", method: "m", coefficient: 1, seed: 0, alive: true },
 *     ...{ iteration, reward: iteration / 10 },
 *   })),
 * };
 * const training = trainingChart(run, { y: "reward" });
 * // The band of the interval, and the line of means.
 * assertEquals(training.data.length, 2);
 * ```
 */
export function trainingChart(run: Run, options: TrainingChartOptions): Figure {
  const picked = pick("trainingChart", run, options, [
    ...["y", "coefficient", "xTitle"],
  ]);
  const { coefficient = "middle", xTitle = "online iteration" } = options;
  const which = coefficient === "middle"
    ? ", the middle coefficient of each method"
    : "";
  const last = Math.max(...column(run.rows, "iteration"));
  return linesChart(run, picked, {
    x: "iteration",
    title: options.title ?? `Over training${which} (mean, 95% interval)`,
    linesOf: (task, method) =>
      coefficientsOf(run, { task, method }, coefficient).map((value) => ({
        method,
        coefficient: value,
        rows: where(run.rows, { task, method, coefficient: value }),
      })),
    xTitle,
    xaxis: { range: [0, last * 1.09] },
  });
}

/** What a chart over the coefficient shows. */
export interface SweepChartOptions extends ChartOptions {
  /** The columns upward, a row of panels each. */
  y: Columns;
  /** Whether the axis upward is in powers of ten. */
  log?: boolean;
  /** The title across; `"coefficient"` when left out. */
  xTitle?: string;
}

/**
 * Draws what each coefficient ends at: columns at the end over the coefficient, in
 * powers of ten, mean and 95% interval over seeds. A coefficient of 0 has no place there
 * and is left out.
 *
 * @param run The run.
 * @param options The columns, and which tasks and methods.
 * @returns The figure: a panel a task and column.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If the run has no such column, task or method.
 *
 * @example
 * ```ts
 * import { sweepChart, type Run } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const run: Run = {
 *   ...{ experiment: "mine", scale: "smoke", config: {}, frontiers: [] },
 *   ...{ tasks: { t: "my task" }, methods: { m: { coefficient: "beta" } } },
 *   shown: [],
 *   rows: [0, 9].map((iteration) => ({
 *     ...{ task: "t", method: "m", coefficient: 1, seed: 0, alive: true },
 *     ...{ iteration, reward: iteration / 10 },
 *   })),
 * };
 * const sweep = sweepChart(run, { y: { reward: "my reward" } });
 * assertEquals(sweep.layout.yaxis?.title?.text, "my reward");
 * ```
 */
export function sweepChart(run: Run, options: SweepChartOptions): Figure {
  const picked = pick("sweepChart", run, options, ["y", "log", "xTitle"]);
  const { log = false, xTitle = "coefficient" } = options;
  const rows = atEnd(run.rows).filter((row) => row.coefficient !== 0);
  const ticks = [...new Set(column(rows, "coefficient"))];
  return linesChart(run, picked, {
    x: "coefficient",
    title: options.title ??
      "At the end, by coefficient (mean, 95% interval)",
    linesOf: (task, method) => [
      { method, rows: where(rows, { task, method }) },
    ],
    xTitle,
    xaxis: { type: "log", tickvals: ticks },
    log,
  });
}

/** Which coefficients of a method to draw on a task; none if it was not run there. */
export function coefficientsOf(
  run: Run,
  at: { task: string; method: string },
  which: "middle" | "all" | number,
): number[] {
  const grid = gridOf(run.rows, at);
  if (which === "all" || grid.length === 0) return grid;
  if (which === "middle") return [middleOf(grid)];
  const all = column(run.rows, "coefficient");
  if (!all.includes(which)) {
    throw new RangeError(
      `Expected coefficient to be "middle", "all" or one of ${
        [...new Set(all)].join(", ")
      }, got ${which}`,
    );
  }
  return grid.includes(which) ? [which] : [];
}
