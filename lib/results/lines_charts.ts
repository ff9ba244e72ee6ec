import type { PlotData } from "plotly.js";
import type { Run } from "../experiments/experiment.ts";
import type { Look } from "../methods/method.ts";
import {
  type ChartOptions,
  type Columns,
  covered,
  gridOf,
  middleOf,
  pick,
  type Picked,
  rangeOf,
} from "./chart_parts.ts";
import type { Figure, Trace } from "./figure.ts";
import { type Panel, panels } from "./panels.ts";
import { atEnd, column, numberOf, type TableRow, where } from "./rows.ts";
import { summariseAlive } from "./summarise.ts";
import { shaded } from "./theme.ts";
import { ends, errorBars, lineWithBand } from "./traces.ts";

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
export const powers = {
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
