import { type Estimate } from "../results/statistics.ts";
import {
  type Benchmark,
  contenders,
  firstCallTarget,
  type Target,
} from "./benchmarks.ts";
import { loading } from "./loading.ts";
import { type Times } from "./measure.ts";
import { fastest, medianOf, ratioOf } from "./ratios.ts";

/** A contender's time at a benchmark. */
export type TimeRow = {
  benchmark: string;
  contender: string;
  /** Median milliseconds of a piece of the work. */
  ms: number;
  msLow: number;
  msHigh: number;
  /** The time of our fastest way over this one. */
  ratio: number;
  ratioLow: number;
  ratioHigh: number;
  /** Of the first call, with what it compiles. */
  firstCallSeconds: number;
  /** The most memory that its process had, in MB. */
  megabytes: number;
  /** How far its values are from those of tfjs eager; `null` where randomness differs. */
  difference: number | null;
};

/** A target beside what was measured. */
export type TargetRow = {
  benchmark: string;
  /** Our way that was measured. */
  ours: string;
  against: string;
  most: number;
  measured: number;
  low: number;
  high: number;
  verdict: "reached" | "not reached" | "undecided";
};

const ourNames: string[] = [
  ...[contenders.graph, contenders.loop, contenders.xla, contenders.xlaLoop],
  ...[contenders.bf16, loading.ours],
];

/** Our times among all. */
const oursOf = (times: readonly Times[]) =>
  times.filter(({ name }) => ourNames.includes(name));

/** The rows of times of a benchmark. */
export function timeRows(
  benchmark: string,
  times: readonly Times[],
  differences: Readonly<Record<string, number | null>>,
): TimeRow[] {
  const ours = fastest(oursOf(times))!;
  return times.map(({ name, seconds, firstSeconds, megabytes }) => {
    const ms = medianOf(seconds.map((s) => 1000 * s));
    const ratio = ratioOf(ours.seconds, seconds);
    return {
      benchmark,
      contender: name,
      ms: ms.value,
      msLow: ms.low,
      msHigh: ms.high,
      ratio: ratio.value,
      ratioLow: ratio.low,
      ratioHigh: ratio.high,
      firstCallSeconds: firstSeconds,
      megabytes,
      difference: differences[name] ?? null,
    };
  });
}

/**
 * The targets of a benchmark beside what was measured, those of which a contender
 * was there. First calls and memory are one measurement each, in a fresh process; a
 * first call that has no target beside a contender has one in seconds.
 */
export function targetRows(
  { name, targets }: Pick<Benchmark, "name" | "targets">,
  times: readonly Times[],
): TargetRow[] {
  const ours = fastest(oursOf(times))!;
  const ratios = targets.flatMap(({ against, most, of }) => {
    const other = fastest(times.filter(({ name }) => against.includes(name)));
    if (!other) return [];
    const labels = { ours: ours.name, against: other.name, most };
    return [
      of === undefined
        ? judged(labels, ratioOf(ours.seconds, other.seconds))
        : judged(
          { ...labels, against: `${other.name}, ${of}` },
          exactly(measuredOf(of, ours) / measuredOf(of, other)),
        ),
    ];
  });
  const graph = times.find(({ name }) => name === contenders.graph);
  const beside = targets.some(({ of }) => of === "first call");
  const first = graph && !beside
    ? [judged(
      { ours: graph.name, against: "first call, s", most: firstCallTarget },
      exactly(graph.firstSeconds),
    )]
    : [];
  return [...ratios, ...first].map((row) => ({ benchmark: name, ...row }));
}

function measuredOf(
  what: NonNullable<Target["of"]>,
  { firstSeconds, megabytes }: Times,
): number {
  return what === "memory" ? megabytes : firstSeconds;
}

/** What was measured once. */
const exactly = (value: number) => ({ value, low: value, high: value });

function judged<Labels extends { most: number }>(
  labels: Labels,
  { value, low, high }: Pick<Estimate, "value" | "low" | "high">,
) {
  const verdict = high <= labels.most
    ? "reached" as const
    : low > labels.most
    ? "not reached" as const
    : "undecided" as const;
  return { ...labels, measured: value, low, high, verdict };
}
