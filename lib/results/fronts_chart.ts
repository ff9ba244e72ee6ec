import type { PlotData } from "plotly.js";
import type { Run } from "../experiments/experiment.ts";
import {
  assertColumn,
  type ChartOptions,
  type Columns,
  columnTitles,
  counted,
  covered,
  divergedSettings,
  noted,
  pick,
  type Picked,
  rangeOf,
} from "./chart_parts.ts";
import type { Figure, Trace } from "./figure.ts";
import { frontsWithLabels, type View } from "./labelled_fronts.ts";
import { type Panel, panels } from "./panels.ts";
import { atEnd, column, type TableRow, where } from "./rows.ts";
import { summariseAlive } from "./summarise.ts";
import { ends, exactLine } from "./traces.ts";

/** What a chart of fronts shows. */
export interface FrontsChartOptions extends ChartOptions {
  /** The columns upward, a row of panels each. */
  y: Columns;
  /** The column across; `"reward"` when left out. */
  x?: string;
  /**
   * The range of a column's axis, where points far off would flatten the rest. A point
   * beyond it is drawn at the edge as a triangle, and the heading says how many are.
   */
  range?: Readonly<Record<string, readonly [number, number]>>;
}

type Range = readonly [number, number];

/**
 * Draws the fronts of a run: what each setting of each method reaches at the end, mean
 * and 95% interval over seeds, labelled by its coefficient and joined in its order, with
 * the exact frontier in black where the run has one. Panels of a column share its scale.
 *
 * @param run The run.
 * @param options The columns, and which tasks and methods.
 * @returns The figure: a panel a task and column.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If the run has no such column, task or method.
 *
 * @example
 * ```ts
 * import { frontsChart, type Run } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const run: Run = {
 *   experiment: "mine",
 *   scale: "smoke",
 *   config: {},
 *   rows: [0, 1].flatMap((coefficient) => [0, 1].map((seed) => ({
 *     ...{ task: "t", method: "m", coefficient, seed, iteration: 9, alive: true },
 *     reward: 1 - coefficient / 2,
 *     entropy: coefficient + seed / 10,
 *   }))),
 *   shown: [],
 *   frontiers: [],
 *   tasks: { t: "my task" },
 *   methods: { m: { coefficient: "beta" } },
 * };
 * const fronts = frontsChart(run, { y: "entropy" });
 * assertEquals(fronts.layout.title, { ...fronts.layout.title as object });
 * ```
 */
export function frontsChart(run: Run, options: FrontsChartOptions): Figure {
  const picked = pick("frontsChart", run, options, ["y", "x", "range"]);
  const { x = "reward", range = {} } = options;
  assertColumn("frontsChart", run.rows, x);
  const { columns, tasks, methods } = picked;
  const title = options.title ??
    `What each coefficient buys and costs (mean, 95% interval)`;
  const across = tasks.length > 1 ? tasks.length : Math.min(2, columns.length);
  const width = across === 1 ? 720 : across === 2 ? 1040 : 1240;
  const rowHeight = 400;
  const size = {
    width: (width - 88 - 68 * (across - 1)) / across,
    height: rowHeight - 84,
  };
  const end = atEnd(where(run.rows, { method: methods }));
  const fronts = (task: string, y: string) =>
    methods.map((method) => ({
      method,
      rows: summariseAlive(where(end, { task, method }), {
        by: ["coefficient"],
        metrics: [...new Set([x, y])],
      }).filter((row) => Number.isFinite(row[x]) && Number.isFinite(row[y]))
        .toSorted((a, b) => Number(a.coefficient) - Number(b.coefficient)),
    })).filter(({ rows }) => rows.length > 0);
  const list = columns.flatMap(({ name: y, title: yTitle }) => {
    const byTask = tasks.map((task) => fronts(task.name, y));
    const measured = byTask.flat().flatMap(({ rows }) => rows);
    const upward = range[y] ?? rangeOf(spread(measured, y));
    return tasks.map((task, i): Panel => {
      const rows = byTask[i].flatMap(({ rows }) => rows);
      const view: View = {
        ...size,
        x: range[x] ?? rangeOf(spread(rows, x)),
        y: upward,
      };
      const exact = exactFrontier(run, task.name, { x, y, view });
      const { traces, beyond } = drawFronts(byTask[i], picked, run, {
        ...{ x, y, view, exact },
      });
      const diverged = divergedSettings(where(end, { task: task.name }));
      return {
        title: noted(tasks.length > 1 ? task.title : yTitle, [
          beyond > 0 && `${counted(beyond, "point")} beyond the edge`,
          diverged > 0 && `${counted(diverged, "setting")} diverged`,
        ]),
        xTitle: columnTitles[x] ?? x,
        yTitle,
        xaxis: { range: [...view.x] },
        yaxis: { range: [...view.y] },
        data: [...exact, ...traces],
      };
    });
  });
  return panels(list, { title, columns: across, width, rowHeight });
}

/** The ends of the intervals of a metric, where they are of the size of its values. */
function spread(rows: readonly TableRow[], metric: string): number[] {
  if (rows.length === 0) return [];
  const values = column(rows, metric);
  const { low, high } = ends(rows, metric);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const slack = (most - least) / 2 || Infinity;
  return [
    ...values,
    ...low.map((end) => Math.max(end, least - slack)),
    ...high.map((end) => Math.min(end, most + slack)),
  ];
}

/** The exact frontier of a task, if the run has one with both columns. */
function exactFrontier(
  { frontiers }: Run,
  task: string,
  { x, y }: { x: string; y: string; view: View },
): Trace[] {
  const points = frontiers.filter((point) =>
    point.task === task && x in point && y in point
  );
  return points.length === 0
    ? []
    : exactLine(column(points, x), column(points, y), {
      name: "exact frontier p ∝ pRef exp(r / λ)",
    });
}

function drawFronts(
  fronts: readonly { method: string; rows: readonly TableRow[] }[],
  { looks }: Picked,
  run: Run,
  { x, y, view, exact }: {
    x: string;
    y: string;
    view: View;
    exact: readonly Trace[];
  },
): { traces: Trace[]; beyond: number } {
  const part = ([low, high]: Range, value: number) =>
    (value - low) / (high - low);
  const ranks = covered(
    fronts.map(({ rows }) =>
      rows.map((row) => ({
        x: part(view.x, row[x] as number),
        y: part(view.y, row[y] as number),
      }))
    ),
  );
  const isInside = (row: TableRow) =>
    [[x, view.x] as const, [y, view.y] as const].every(([name, [low, high]]) =>
      row[name] as number >= low && row[name] as number <= high
    );
  const drawn = frontsWithLabels(
    fronts.map(({ method, rows }) => ({
      rows,
      name: method,
      style: looks.get(method)!,
    })),
    { x, y, label: "coefficient", beside: exact, view },
  ) as Partial<PlotData>[];
  const traces = fronts.flatMap(({ method, rows }, i): Trace[] => {
    const [front, labels] = drawn.slice(2 * i, 2 * i + 2);
    const name = run.methods[method].coefficient;
    const { color } = looks.get(method)!;
    const outside = rows.filter((row) => !isInside(row));
    return [
      {
        ...front,
        marker: { ...front.marker, size: 8 + 5 * ranks[i] },
        line: { ...front.line, width: 1.6 + 2.2 * ranks[i] },
        hovertemplate: `${name} = %{customdata}<br>` +
          `%{x:.3f}, %{y:.3f}<extra>${method}</extra>`,
      } as Trace,
      labels as Trace,
      ...outside.length === 0 ? [] : [atTheEdge(outside, color)],
    ];
  });
  const beyond = fronts.flatMap(({ rows }) => rows)
    .filter((row) => !isInside(row)).length;
  return { traces, beyond };

  /** Triangles at the edge that point to where the points are. */
  function atTheEdge(rows: readonly TableRow[], color: string): Trace {
    const clamp = (value: number, [low, high]: Range) =>
      Math.min(high, Math.max(low, value));
    const symbolOf = (row: TableRow) =>
      row[y] as number > view.y[1]
        ? "triangle-up"
        : row[y] as number < view.y[0]
        ? "triangle-down"
        : row[x] as number > view.x[1]
        ? "triangle-right"
        : "triangle-left";
    return {
      type: "scatter",
      mode: "text+markers",
      x: rows.map((row) => clamp(row[x] as number, view.x)),
      y: rows.map((row) => clamp(row[y] as number, view.y)),
      text: rows.map((row) => `${row.coefficient}`),
      textposition: "bottom center",
      textfont: { size: 10, color },
      hovertext: rows.map((row) => `${row[x]}, ${row[y]}`),
      marker: { color, size: 10, symbol: rows.map(symbolOf) },
      cliponaxis: false,
      showlegend: false,
    } as unknown as Trace;
  }
}
