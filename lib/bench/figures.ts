import { type Figure, figure, type Trace } from "../results/figure.ts";
import { panels } from "../results/panels.ts";
import { type TableRow } from "../results/rows.ts";
import { ink } from "../results/theme.ts";
import { barsWithIntervals } from "../results/traces.ts";
import { lineWithBand } from "../results/traces.ts";
import { contenders } from "./benchmarks.ts";
import { type TimeRow } from "./rows.ts";

/** A contender's time and memory at a size of growing work. */
export type GrowthRow = {
  axis: string;
  size: number;
  contender: string;
  ms: number;
  msLow: number;
  msHigh: number;
  /** The most memory that its process had up to this size. */
  megabytes: number;
};

const compared = [
  contenders.tfjs,
  contenders.torch,
  contenders.torchCompile,
  contenders.jax,
  contenders.jaxScan,
];
const growing = [
  contenders.graph,
  contenders.tfjs,
  contenders.torch,
  contenders.jax,
];

const steps = (firsts: number[], powers: number[]) =>
  powers.flatMap((power) => firsts.map((first) => first * 10 ** power));
const milliseconds = steps([1, 2, 5], [-1, 0, 1, 2, 3]);
const megabytes = steps([1, 1.5, 2, 3, 5, 7], [2, 3]);

/** Each contender's bars of the ratios of times, ours over theirs. */
export function ratioFigure(rows: readonly TimeRow[]): Figure {
  const data = present(rows, compared).flatMap(({ name, rows, style }) =>
    barsWithIntervals(rows, { x: "benchmark", y: "ratio", name, style })
  );
  return figure(data, {
    title: "Our time over that of each other way to do the same work",
    yTitle: "ratio of times, below 1: ours is faster",
    width: 1100,
    height: 520,
    layout: {
      barmode: "group",
      xaxis: { tickangle: -30 },
      shapes: [{
        type: "line",
        xref: "paper",
        x0: 0,
        x1: 1,
        y0: 1,
        y1: 1,
        line: { color: ink, width: 1, dash: "dash" },
      }],
    },
  });
}

/** How the time and the memory of a training step grow along each axis. */
export function growthFigure(rows: readonly GrowthRow[]): Figure {
  const axes = [...new Set(rows.map(({ axis }) => axis))];
  const panelsOf = (y: string, ticks: number[], yTitle: string) =>
    axes.map((axis) => ({
      title: `growing ${axis}`,
      data: present(rows.filter((row) => row.axis === axis), growing)
        .flatMap(({ name, rows, style }): Trace[] =>
          lineWithBand(rows.map(withMemoryBand), { x: "size", y, name, style })
        ),
      xTitle: axis,
      yTitle,
      xaxis: { type: "log" as const, tickvals: sizesOf(rows, axis) },
      yaxis: { type: "log" as const, tickvals: ticks },
    }));
  return panels([
    ...panelsOf("ms", milliseconds, "ms a training step"),
    ...panelsOf("megabytes", megabytes, "MB, the most so far"),
  ], {
    title: "How the time and the memory of a training step grow",
    columns: axes.length,
    width: 1100,
  });
}

/** Memory is measured once. */
const withMemoryBand = (row: GrowthRow) => ({
  ...row,
  megabytesLow: row.megabytes,
  megabytesHigh: row.megabytes,
});

/** The sizes along an axis that were measured. */
function sizesOf(rows: readonly GrowthRow[], axis: string): number[] {
  return [
    ...new Set(
      rows.filter((row) => row.axis === axis).map(({ size }) => size),
    ),
  ];
}

/** The rows of each contender that is there; its look is its place in the order. */
function present<Row extends TableRow & { contender: string }>(
  rows: readonly Row[],
  order: readonly string[],
) {
  return order
    .map((name, style) => ({
      name,
      style,
      rows: rows.filter(({ contender }) => contender === name),
    }))
    .filter(({ rows }) => rows.length > 0);
}
