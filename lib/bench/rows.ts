import { type Estimate } from "../results/statistics.ts";
import { type Benchmark, contenders, firstCallTarget } from "./benchmarks.ts";
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
  /** From setting up to the end of the first call. */
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
 * was there. The first call is one measurement, in a fresh process.
 */
export function targetRows(
  { name, targets }: Benchmark,
  times: readonly Times[],
): TargetRow[] {
  const ours = fastest(oursOf(times))!;
  const ratios = targets.flatMap(({ against, most }) => {
    const other = fastest(times.filter(({ name }) => against.includes(name)));
    if (!other) return [];
    const ratio = ratioOf(ours.seconds, other.seconds);
    return [judged({ ours: ours.name, against: other.name, most }, ratio)];
  });
  const graph = times.find(({ name }) => name === contenders.graph)!;
  const seconds = graph.firstSeconds;
  const first = judged(
    { ours: graph.name, against: "first call, s", most: firstCallTarget },
    { value: seconds, low: seconds, high: seconds },
  );
  return [...ratios, first].map((row) => ({ benchmark: name, ...row }));
}

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
