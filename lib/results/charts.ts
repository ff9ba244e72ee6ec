import type { PlotData } from "plotly.js";
import type { Run } from "../experiments/experiment.ts";
import type { Look } from "../methods/method.ts";
import {
  type ChartOptions,
  type Columns,
  covered,
  divergedSettings,
  gridOf,
  middleOf,
  noted,
  pick,
  type Picked,
  rangeOf,
} from "./chart_parts.ts";
import type { Figure, Trace } from "./figure.ts";
import { type Panel, panels } from "./panels.ts";
import { atEnd, column, numberOf, type TableRow, where } from "./rows.ts";
import { successInterval } from "./statistics.ts";
import { cells, summariseAlive } from "./summarise.ts";
import { ink, measureColors, shaded } from "./theme.ts";
import { barsWithIntervals, ends, errorBars, lineWithBand } from "./traces.ts";

/** More lines than this in a panel have no bands. */
const mostBands = 3;

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

interface Line {
  readonly method: string;
  readonly coefficient?: number;
  readonly rows: readonly TableRow[];
}

function linesChart(
  run: Run,
  { columns, tasks, methods, looks }: Picked,
  { x, title, linesOf, xTitle, xaxis, log = false }: {
    x: string;
    title: string;
    linesOf: (task: string, method: string) => readonly Line[];
    xTitle: string;
    xaxis: Panel["xaxis"];
    log?: boolean;
  },
): Figure {
  const list = columns.flatMap(({ name: y, title: yTitle }) => {
    const byTask = tasks.map(({ name: task }) =>
      methods.flatMap((method) => {
        const lines = linesOf(task, method)
          .filter(({ rows }) => rows.length > 0);
        return lines.map((line, i) => ({
          name: nameOf(run, line),
          look: shadeOf(looks.get(method)!, i, lines.length),
          rows: summariseAlive(line.rows, { by: [x], metrics: [y] })
            .filter((row) => Number.isFinite(row[y])),
        }));
      }).filter(({ rows }) => rows.length > 0)
    );
    const all = byTask.flat().flatMap(({ rows }) => rows);
    const values = log ? all.map((row) => Math.log10(row[y] as number)) : [
      ...column(all, y),
      ...Object.values(ends(all, y)).flat(),
    ];
    const range = fromZero(rangeOf(values), values, log);
    return tasks.map((task, i): Panel => ({
      title: tasks.length > 1 ? task.title : yTitle,
      xTitle,
      yTitle,
      xaxis,
      yaxis: { range: [...range], ...log && powers },
      data: drawLines(byTask[i], { x, y, range, log }),
    }));
  });
  const across = tasks.length > 1 ? tasks.length : Math.min(3, columns.length);
  return panels(list, {
    title,
    columns: across,
    width: [720, 1000, 1180][across - 1] ?? 1240,
    rowHeight: across === 1 ? 380 : 320,
  });
}

/** An axis in powers of ten, with few numbers. */
const powers = {
  type: "log" as const,
  tickvals: [-4, -3, -2, -1, 0, 1, 2, 3].flatMap((power) =>
    [1, 3].map((digit) => Number(`${digit}e${power}`))
  ),
};

/** Begins at 0 where that is near: a share has nothing below. */
function fromZero(
  [low, high]: [number, number],
  values: readonly number[],
  log: boolean,
): [number, number] {
  const least = Math.min(...values);
  return !log && least >= 0 && least < high / 2
    ? [-0.02 * high, high]
    : [low, high];
}

function drawLines(
  lines: readonly { name: string; look: Look; rows: TableRow[] }[],
  { x, y, range: [low, high], log }: {
    x: string;
    y: string;
    range: [number, number];
    log: boolean;
  },
): Trace[] {
  const xs = lines.flatMap(({ rows }) => column(rows, x));
  const widest = Math.max(...xs) || 1;
  const ranks = covered(lines.map(({ rows }) =>
    rows.map((row) => {
      const value = row[y] as number;
      return {
        x: (row[x] as number) / widest,
        y: ((log ? Math.log10(value) : value) - low) / (high - low),
      };
    })
  ));
  return lines.flatMap(({ name, look, rows }, i): Trace[] => {
    const [band, line] = lineWithBand(rows, { x, y, name, style: look });
    const crowded = lines.length > mostBands;
    const everywhere = x === "coefficient"; // A few points, each a run of its own.
    const beneath = Math.min(2, ranks[i]);
    const width = (crowded ? 1.5 : 2) + 2 * beneath;
    const marked = {
      ...line as Partial<PlotData>,
      ...everywhere && { error_y: errorBars(rows, y, look.color) },
      mode: "lines+markers",
      line: { color: look.color, dash: look.dash, width },
      marker: {
        color: look.color,
        symbol: look.symbol,
        size: 6 + 2.5 * beneath,
        maxdisplayed: 9,
      },
    } as Trace;
    if (everywhere) return [marked];
    return crowded
      ? [marked, atLast(rows, { x, y, look, place: i })]
      : [band, marked];
  });
}

/** The interval of a line a little after its end, each line's at a place of its own. */
function atLast(
  rows: readonly TableRow[],
  { x, y, look: { color }, place }: {
    x: string;
    y: string;
    look: Look;
    place: number;
  },
): Trace {
  const last = rows.slice(-1);
  const { low: [low], high: [high] } = ends(last, y);
  const value = numberOf(last[0], y);
  return {
    type: "scatter",
    mode: "markers",
    x: [numberOf(last[0], x) * (1.012 + 0.008 * place)],
    y: [value],
    error_y: {
      type: "data",
      symmetric: false,
      array: [high - value],
      arrayminus: [value - low],
      color,
      thickness: 1.2,
      width: 4,
    },
    marker: { color, size: 4 },
    hoverinfo: "skip",
    showlegend: false,
  };
}

function coefficientsOf(
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

/** A line in the legend: the method, and at which coefficient if one is meant. */
function nameOf({ methods }: Run, { method, coefficient }: Line): string {
  return coefficient === undefined
    ? method
    : `${method}, ${methods[method].coefficient} = ${coefficient}`;
}

/** The look of line `i` of several of a method: its colour from light to dark. */
function shadeOf(look: Look, i: number, lines: number): Look {
  if (lines === 1) return look;
  const dashes = ["dot", "dashdot", "solid", "dash", "longdash"] as const;
  return {
    ...look,
    color: shaded(look.color, 1.1 * i / (lines - 1) - 0.55),
    dash: dashes[i % dashes.length],
  };
}

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
function barRange(
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
