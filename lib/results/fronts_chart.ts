import type { PlotData } from "plotly.js";
import type { Run } from "../experiments/experiment.ts";
import {
  assertColumn,
  type ChartOptions,
  type Columns,
  columnTitles,
  covered,
  divergedSettings,
  noted,
  pick,
  type Picked,
  rangeOf,
} from "./chart_parts.ts";
import type { Figure, Trace } from "./figure.ts";
import { frontsWithLabels, type Place, type View } from "./labelled_fronts.ts";
import { type Panel, panels } from "./panels.ts";
import { atEnd, column, type TableRow, where } from "./rows.ts";
import { cells, summariseAlive } from "./summarise.ts";
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
 * the exact frontier in black where the run has one in view. Panels of a column share its scale.
 * A heading says how many points are beyond the axis, where triangles point to them, and
 * how many settings diverged and are left out.
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
 * // The points of the one method, and their labels.
 * assertEquals(fronts.data.length, 2);
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
    const exactly = run.frontiers.filter((point) =>
      y in point && tasks.some(({ name }) => name === point.task)
    );
    const [low, high] = rangeOf(spread(measured, y), 0.2);
    const upward = range[y] ?? rangeOf([
      ...spread(measured, y),
      ...column(exactly, y).filter((value) => value > low && value < high),
    ]);
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
          beyond > 0 && `${beyond} beyond`,
          diverged > 0 && `${diverged} diverged`,
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

/** The exact frontier of a task, if the run has one with both columns in view. */
function exactFrontier(
  { frontiers }: Run,
  task: string,
  { x, y, view }: { x: string; y: string; view: View },
): Trace[] {
  const points = frontiers.filter((point) =>
    point.task === task && x in point && y in point
  );
  const [xs, ys] = [column(points, x), column(points, y)];
  const places = points.map((_, i) => ({ x: xs[i], y: ys[i] }));
  return places.some((place, i) => crosses(place, places[i + 1] ?? place, view))
    ? exactLine(xs, ys, { name: "exact frontier" })
    : [];
}

/** Whether the line between two places has a part in view. */
function crosses(a: Place, b: Place, view: View): boolean {
  let [from, to] = [0, 1];
  for (const axis of ["x", "y"] as const) {
    // Where on the line it enters and leaves the view; a step of 0 does so nowhere.
    const step = (b[axis] - a[axis]) || Number.MIN_VALUE;
    const [enters, leaves] = view[axis].map((edge) => (edge - a[axis]) / step)
      .sort((one, other) => one - other);
    [from, to] = [Math.max(from, enters), Math.min(to, leaves)];
  }
  return from <= to;
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
  const shown = fronts.map(({ rows }) =>
    rows.map((row) =>
      ({
        ...row,
        ...inside(row, x, view.x, pointer(row, { x, y, view })),
        ...inside(row, y, view.y, pointer(row, { x, y, view })),
      }) as TableRow
    )
  );
  const ranks = covered(
    shown.map((rows) =>
      rows.map((row) => ({
        x: part(view.x, row[x] as number),
        y: part(view.y, row[y] as number),
      }))
    ),
  );
  const drawn = frontsWithLabels(
    fronts.map(({ method }, i) => ({
      rows: shown[i],
      name: method,
      style: looks.get(method)!,
    })),
    { x, y, label: "coefficient", beside: exact, view },
  ) as Partial<PlotData>[];
  const pointers = fronts.map(({ rows }) =>
    rows.map((row) => pointer(row, { x, y, view }))
  );
  const traces = fronts.flatMap(({ method }, i): Trace[] => {
    const [front, labels] = drawn.slice(2 * i, 2 * i + 2);
    const name = run.methods[method].coefficient;
    const { symbol } = looks.get(method)!;
    const beneath = Math.min(2, ranks[i]);
    const size = 8 + 5 * beneath;
    return [
      {
        ...front,
        marker: {
          ...front.marker,
          symbol: pointers[i].map((arrow) => arrow ?? symbol),
          size: pointers[i].map((arrow) => arrow ? 11 : size),
          opacity: 1,
        },
        line: { ...front.line, width: 1.6 + 2.2 * beneath },
        cliponaxis: false,
        hovertemplate: `${name} = %{customdata}<br>` +
          `%{x:.3f}, %{y:.3f}<extra>${method}</extra>`,
      } as Trace,
      labels as Trace,
    ];
  });
  const beyond = pointers.flat().filter((arrow) => arrow).length;
  return { traces, beyond };
}

/** A value kept in its range with its interval; a point beyond has none. */
function inside(
  row: TableRow,
  name: string,
  [low, high]: Range,
  beyond: string | undefined,
): Record<string, number> {
  const clamp = (value: number) => Math.min(high, Math.max(low, value));
  const value = row[name] as number;
  if (beyond) return cells(name, at(clamp(value)));
  const { low: [least], high: [most] } = ends([row], name);
  return cells(name, { value, low: clamp(least), high: clamp(most) });
}

const at = (value: number) => ({ value, low: value, high: value });

/** The mark at the edge of a point that is beyond it. */
function pointer(
  row: TableRow,
  { x, y, view }: { x: string; y: string; view: View },
): string | undefined {
  const [across, up] = [row[x] as number, row[y] as number];
  if (up > view.y[1]) return "triangle-up";
  if (up < view.y[0]) return "triangle-down";
  if (across > view.x[1]) return "triangle-right";
  if (across < view.x[0]) return "triangle-left";
}
