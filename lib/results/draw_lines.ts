import type { PlotData } from "plotly.js";
import type { Run } from "../experiments/experiment.ts";
import type { Look } from "../methods/method.ts";
import { covered, type Picked, rangeOf } from "./chart_parts.ts";
import type { Figure, Trace } from "./figure.ts";
import { type Panel, panels } from "./panels.ts";
import { column, numberOf, type TableRow } from "./rows.ts";
import { summariseAlive } from "./summarise.ts";
import { shaded } from "./theme.ts";
import { ends, errorBars, lineWithBand } from "./traces.ts";

/** More lines than this in a panel have no bands. */
const mostBands = 3;

/** A line of a method: of all its coefficients, or of one. */
interface Line {
  readonly method: string;
  readonly coefficient?: number;
  readonly rows: readonly TableRow[];
}

/** Draws lines in a panel a task and column. */
export function linesChart(
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
