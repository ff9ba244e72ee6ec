import type { Run } from "../experiments/experiment.ts";
import {
  type ChartOptions,
  type Columns,
  divergedSettings,
  noted,
  pick,
  type Picked,
  rangeOf,
} from "./chart_parts.ts";
import type { Figure, Trace } from "./figure.ts";
import { type Panel, panels } from "./panels.ts";
import { atEnd, column, type TableRow, where } from "./rows.ts";
import { successInterval } from "./statistics.ts";
import { cells, summariseAlive } from "./summarise.ts";
import { measureColors } from "./theme.ts";
import { barsWithIntervals, ends } from "./traces.ts";
import { powers } from "./draw_lines.ts";

/** What a chart of bars shows. */
export interface BarsChartOptions extends ChartOptions {
  /** Columns; or, by its name, whether a run succeeded, of which the share is drawn. */
  y: Columns | Readonly<Record<string, (row: TableRow) => boolean>>;
  /**
   * What is side by side: the `"coefficient"`s of a method, a panel a method, a bar a
   * column; or the `"method"`s, a panel a column, a dot a coefficient.
   */
  by: "coefficient" | "method";
  /** Whether the axis upward is in powers of ten. */
  log?: boolean;
  /** The title upward, if the panels have one in common. */
  yTitle?: string;
}

/**
 * Draws what each setting ends at, as bars or as dots: mean over seeds with its 95% interval, or the
 * share of seeds that succeed with Wilson's. A bar of 0 is a line on the axis. All panels
 * of a column have one scale.
 *
 * @param run The run.
 * @param options What to draw, and which tasks and methods.
 * @returns The figure.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If the run has no such column, task or method.
 *
 * @example
 * ```ts
 * import { barsChart, type Run } from "kit";
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
 * const means = barsChart(run, { y: "reward", by: "coefficient" });
 * const rates = barsChart(run, {
 *   y: { "share above 0.5": ({ reward }) => Number(reward) > 0.5 },
 *   by: "method",
 * });
 * assertEquals([means, rates].map(({ data }) => data.length), [1, 2]);
 * ```
 */
export function barsChart(run: Run, options: BarsChartOptions): Figure {
  const { y, by } = options;
  if (by !== "coefficient" && by !== "method") {
    throw new RangeError(
      `Expected by to be "coefficient" or "method", got "${by}"`,
    );
  }
  const rates = ratesOf(y);
  const picked = pick("barsChart", run, {
    ...options,
    y: rates ? [] : y as Columns,
  }, ["y", "by", "log", "yTitle"]);
  const bars = rates
    ? Object.keys(rates).map((name) => ({ name, title: name }))
    : picked.columns;
  const end = atEnd(run.rows);
  const summary = (task: string, method: string): TableRow[] => {
    const rows = where(end, { task, method });
    const by = ["method", "coefficient"];
    const summed = rates
      ? shares(rows, rates)
      : summariseAlive(rows, { by, metrics: bars.map(({ name }) => name) });
    return summed.toSorted((a, b) =>
      Number(a.coefficient) - Number(b.coefficient)
    );
  };
  const all = picked.tasks.map(({ name: task }) =>
    picked.methods.map((method) => summary(task, method))
  );
  const { log = false, yTitle } = options;
  const whole = all.flat(2);
  const axis = (columns: readonly { name: string }[]) => ({
    range: barRange(whole, columns.map(({ name }) => name), log),
    ...log && powers,
  });
  const title = options.title ?? "At the end (mean, 95% interval over seeds)";
  if (by === "method") {
    const list = bars.flatMap((bar) =>
      picked.tasks.map((task, t): Panel => ({
        title: noted(picked.tasks.length > 1 ? task.title : bar.title, [
          divergedNote(where(end, { task: task.name }), rates),
        ]),
        xTitle: bar.title,
        xaxis: axis([bar]),
        yaxis: methodAxis(picked.methods, t === 0),
        data: methodDots(all[t], bar.name, picked),
      }))
    );
    const settings = Math.max(
      ...picked.methods.map((_, m) =>
        Math.max(...all.map((of) => of[m].length))
      ),
    );
    return panels(list, {
      title,
      columns: picked.tasks.length,
      width: Math.max(720, Math.min(1240, 200 + 340 * picked.tasks.length)),
      rowHeight: 110 + picked.methods.length * Math.max(24, 13 * settings),
    });
  }
  const list = picked.tasks.flatMap((task, t) =>
    picked.methods.map((method, m): Panel => ({
      title: noted(
        picked.tasks.length > 1 ? `${task.title}: ${method}` : method,
        [
          divergedNote(where(end, { task: task.name, method }), rates),
          log && hiddenNote(all[t][m], bars),
        ],
      ),
      xTitle: run.methods[method].coefficient,
      yTitle,
      xaxis: { type: "category" },
      yaxis: axis(bars),
      data: barsOf(all[t][m], bars),
    }))
  ).filter(({ data }) => data.length > 0);
  const columns = Math.min(3, picked.methods.length);
  return panels(list, {
    title,
    columns,
    width: [720, 960, 1180][columns - 1],
    rowHeight: 300,
  });
}

/** The methods from the top down; named at the left of a row of panels alone. */
const methodAxis = (methods: readonly string[], named: boolean) => ({
  tickvals: methods.map((_, m) => m),
  ticktext: methods.map((method) => named ? method : ""),
  range: [methods.length - 0.5, -0.5],
});

const divergedNote = (rows: readonly TableRow[], rates: unknown) => {
  const diverged = rates ? 0 : divergedSettings(rows);
  return diverged > 0 && `${diverged} diverged`;
};

/** What an axis in powers of ten cannot show. */
const hiddenNote = (rows: readonly TableRow[], bars: Picked["columns"]) => {
  const hidden = bars.flatMap(({ name }) => column(rows, name))
    .filter((value) => value <= 0).length;
  return hidden > 0 && `${hidden} of 0 or less`;
};

type Rates = Readonly<Record<string, (row: TableRow) => boolean>>;

/** The success rates that are asked for, if they are. */
function ratesOf(y: BarsChartOptions["y"]): Rates | undefined {
  return typeof Object.values(y)[0] === "function" ? y as Rates : undefined;
}

/** The share of the seeds of each setting that succeed, with Wilson's interval. */
function shares(rows: readonly TableRow[], rates: Rates): TableRow[] {
  const groups = Map.groupBy(rows, ({ coefficient }) => coefficient);
  return [...groups.values()].map((group) => ({
    method: group[0].method,
    coefficient: group[0].coefficient,
    ...Object.assign(
      {},
      ...Object.entries(rates).map(([name, success]) =>
        cells(
          name,
          successInterval(group.filter(success).length, group.length),
        )
      ),
    ),
  }));
}

/** From 0 to the largest interval, a little below so that a bar of 0 is seen. */
export function barRange(
  rows: readonly TableRow[],
  names: readonly string[],
  log: boolean,
): [number, number] {
  const values = names.flatMap((name) => {
    const finite = rows.filter((row) => Number.isFinite(row[name]));
    return [column(finite, name), ...Object.values(ends(finite, name))].flat();
  });
  if (log) {
    return rangeOf(values.filter((x) => x > 0).map((x) => Math.log10(x)));
  }
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const extent = (high - low) || 1;
  return [low - 0.025 * extent, high + 0.04 * extent];
}

/** Groups of bars over the coefficient, a bar a column. */
function barsOf(
  rows: readonly TableRow[],
  bars: Picked["columns"],
): Trace[] {
  const named = rows.map((row) => ({ ...row, label: `${row.coefficient}` }));
  if (rows.length === 0) return [];
  return bars.flatMap(({ name: y, title: name }, i) =>
    barsWithIntervals(named, {
      x: "label",
      y,
      name,
      style: {
        color: measureColors[i % measureColors.length],
        dash: "solid",
        symbol: "circle",
      },
    })
  );
}

/** A dot with its interval for each setting of each method, coefficients downward. */
function methodDots(
  methods: readonly TableRow[][],
  y: string,
  { looks }: Picked,
): Trace[] {
  return methods.flatMap((all, m): Trace[] => {
    const rows = all.filter((row) => Number.isFinite(row[y]));
    if (rows.length === 0) return [];
    const { color, symbol } = looks.get(rows[0].method as string)!;
    const places = rows.map((_, i) => m + (i + 0.5) / rows.length * 0.8 - 0.4);
    const [values, { low, high }] = [column(rows, y), ends(rows, y)];
    return [{
      type: "scatter",
      mode: "markers",
      x: values,
      y: places,
      error_x: {
        type: "data",
        symmetric: false,
        array: high.map((end, i) => end - values[i]),
        arrayminus: low.map((end, i) => values[i] - end),
        color,
        thickness: 1.2,
        width: 2,
      },
      marker: { color, symbol, size: 7, line: { color: "white", width: 0.5 } },
      hovertext: rows.map(({ coefficient }) => `coefficient ${coefficient}`),
      cliponaxis: false,
      showlegend: false,
    }, {
      type: "scatter",
      mode: "text",
      x: high,
      y: places,
      text: rows.map(({ coefficient }) => `\u00a0\u00a0${coefficient}`),
      textposition: "middle right",
      textfont: { size: 9, color },
      cliponaxis: false,
      hoverinfo: "skip",
      showlegend: false,
    }] as Trace[];
  });
}
