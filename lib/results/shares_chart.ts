import type { Run } from "../experiments/experiment.ts";
import { type ChartOptions, pick } from "./chart_parts.ts";
import type { Figure, Trace } from "./figure.ts";
import { type Panel, panels } from "./panels.ts";
import { atEnd, column, numberOf, type TableRow, where } from "./rows.ts";
import { summariseAlive } from "./summarise.ts";
import { ink } from "./theme.ts";
import { barsWithIntervals } from "./traces.ts";
import { barRange } from "./bars_chart.ts";
import { coefficientsOf } from "./lines_charts.ts";

/** What a chart of shares shows. */
export interface SharesChartOptions extends ChartOptions {
  /** The columns of the shares, in order. */
  y: readonly string[];
  /** What each share is of; their number in the order when left out. */
  labels?: readonly (string | number)[];
  /** The title across. */
  xTitle?: string;
  /** The coefficient; the middle of each method's grid when left out. */
  coefficient?: number;
  /** In place of a coefficient: that whose reward at the end is the nearest to this. */
  reward?: number;
  /**
   * When: at the `"end"`, when left out; `"half-way"` up from the first mean reward to
   * the largest; or at these iterations, a panel each.
   */
  at?: "end" | "half-way" | readonly number[];
}

/**
 * Draws how a whole is shared out, such as modes, classes or bins of a histogram: bars of
 * means over seeds with 95% intervals, a panel a task, method and iteration, all of one
 * scale. Each heading says the setting and its mean reward, and the method if there are
 * several. Where the run's exact frontier has the same columns, its point with the nearest
 * shares is drawn in black.
 *
 * @param run The run.
 * @param options The columns, and which tasks, methods, settings and iterations.
 * @returns The figure.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If the run has no such column, task, method or iteration.
 *
 * @example
 * ```ts
 * import { sharesChart, type Run } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const run: Run = {
 *   ...{ experiment: "mine", scale: "smoke", config: {}, frontiers: [] },
 *   ...{ tasks: { t: "my task" }, methods: { m: { coefficient: "beta" } } },
 *   shown: [],
 *   rows: [0, 9].map((iteration) => ({
 *     ...{ task: "t", method: "m", coefficient: 1, seed: 0, alive: true },
 *     ...{ iteration, reward: 1, left: 0.25, right: 0.75 },
 *   })),
 * };
 * const shares = sharesChart(run, {
 *   y: ["left", "right"],
 *   labels: ["to the left", "to the right"],
 * });
 * assertEquals(shares.layout.annotations?.map(({ text }) => text), ["reward 1.00"]);
 * ```
 */
export function sharesChart(run: Run, options: SharesChartOptions): Figure {
  const picked = pick("sharesChart", run, options, [
    ...["y", "labels", "xTitle", "coefficient", "reward", "at"],
  ]);
  const { y, labels = y.map((_, i) => i), xTitle } = options;
  const drawn = picked.tasks.flatMap((task) =>
    picked.methods.flatMap((method) => {
      const own = where(run.rows, { task: task.name, method });
      if (own.length === 0) return [];
      const coefficient = settingOf(run, own, options);
      const rows = summariseAlive(where(own, { coefficient }), {
        by: ["iteration"],
        metrics: ["reward", ...y],
      });
      return momentsOf(rows, options.at).map((row) => ({
        row,
        words: [
          task.title,
          method,
          `${run.methods[method].coefficient} ${coefficient}`,
          ...Array.isArray(options.at) || options.at === "half-way"
            ? [`iteration ${row.iteration}`]
            : [],
        ],
        look: picked.looks.get(method)!,
        exact: closestOnFrontier(
          run.frontiers.filter((point) => point.task === task.name),
          row,
          y,
        ),
      }));
    })
  );
  const range = barRange(drawn.map(({ row }) => row), y, false);
  // What all panels have in common stands in the title, once.
  const common = (drawn[0]?.words ?? []).filter((word) =>
    drawn.every(({ words }) => words.includes(word))
  );
  const list = drawn.map(({ row, words, look, exact }): Panel => ({
    title: [
      ...words.filter((word) => !common.includes(word)),
      `reward ${numberOf(row, "reward").toFixed(2)}`,
    ].join(", "),
    xaxis: labels.length > 12 ? {} : { tickvals: [...labels] },
    xTitle,
    yTitle: "share of samples",
    yaxis: { range: [range[0], range[1]] },
    data: [
      ...barsWithIntervals(
        y.map((name, i) => ({
          label: labels[i],
          share: row[name],
          shareLow: row[`${name}Low`],
          shareHigh: row[`${name}High`],
        })),
        { x: "label", y: "share", name: "measured", style: look },
      ).map((trace) => ({ ...trace, showlegend: !!exact } as Trace)),
      ...exact
        ? [{
          type: "scatter",
          mode: "markers",
          x: [...labels],
          y: y.map((name) => exact.point[name] as number),
          name: "exact optimum p ∝ pRef exp(r / λ) at the λ that fits best",
          marker: { color: ink, symbol: "line-ew-open", size: 18 },
          hovertext: `lambda = ${exact.point.lambda}`,
        } as Trace]
        : [],
    ],
  }));
  const columns = Math.min(list.length, 3);
  return panels(list, {
    title: options.title ??
      `Shares of samples (mean, 95% interval): ${common.join(", ")}`,
    columns,
    width: [720, 1000, 1240][columns - 1],
    rowHeight: 300,
  });
}

/** The coefficient to draw of a method's rows. */
function settingOf(
  run: Run,
  own: readonly TableRow[],
  { coefficient, reward }: SharesChartOptions,
): number {
  const { task, method } = own[0] as { task: string; method: string };
  if (reward === undefined) {
    const [value] = coefficientsOf(
      run,
      { task, method },
      coefficient ?? "middle",
    );
    return value;
  }
  const settings = summariseAlive(atEnd(own), {
    by: ["coefficient"],
    metrics: ["reward"],
  });
  const distance = (row: TableRow) => Math.abs(row.reward as number - reward);
  return numberOf(
    settings.reduce((a, b) => distance(b) < distance(a) ? b : a),
    "coefficient",
  );
}

/** The evaluations to draw. */
function momentsOf(
  rows: readonly TableRow[],
  at: SharesChartOptions["at"] = "end",
): TableRow[] {
  if (at === "end") return rows.slice(-1);
  if (at === "half-way") return [halfWay(rows)];
  return at.map((iteration) => {
    const [row] = where(rows, { iteration });
    if (!row) {
      throw new RangeError(
        `Expected at to be of the iterations ${
          column(rows, "iteration").join(", ")
        }, got ${iteration}`,
      );
    }
    return row;
  });
}

/**
 * The row half-way up from the first reward to the largest.
 *
 * @param rows Rows with a `reward`, in the order of training.
 *
 * @example
 * ```ts
 * import { halfWay } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [0, 0.4, 0.6, 1].map((reward) => ({ reward }));
 * assertEquals(halfWay(rows), { reward: 0.6 });
 * ```
 */
export function halfWay<T extends TableRow>(rows: readonly T[]): T {
  const rewards = column(rows, "reward");
  const target = (rewards[0] + Math.max(...rewards)) / 2;
  return rows[rewards.findIndex((reward) => reward >= target)];
}

/**
 * The point of an exact frontier whose shares are the nearest to measured ones.
 *
 * @param points The frontier's points, such as `run.frontiers` of one task.
 * @param row The measured shares.
 * @param columns The columns of the shares.
 * @returns The point, and its total variation to the row's shares, each scaled to sum to
 * 1; `undefined` if no point has the columns.
 *
 * @example
 * ```ts
 * import { closestOnFrontier } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const points = [{ lambda: 1, a: 0.5, b: 0.5 }, { lambda: 2, a: 0.9, b: 0.1 }];
 * const fit = closestOnFrontier(points, { a: 0.8, b: 0.2 }, ["a", "b"]);
 * assertEquals(fit?.point.lambda, 2);
 * ```
 */
export function closestOnFrontier<T extends TableRow>(
  points: readonly T[],
  row: TableRow,
  columns: readonly string[],
): { point: T; distance: number } | undefined {
  const sharesOf = (of: TableRow) => {
    const values = columns.map((name) => numberOf(of, name));
    const sum = values.reduce((a, b) => a + b, 0);
    return values.map((value) => value / sum);
  };
  const measured = sharesOf(row);
  const fits = points
    .filter((point) => columns.every((name) => name in point))
    .map((point) => ({
      point,
      distance: sharesOf(point).reduce(
        (sum, share, i) => sum + Math.abs(share - measured[i]) / 2,
        0,
      ),
    }));
  return fits.toSorted((a, b) => a.distance - b.distance)[0];
}
