import { join } from "node:path";
import { runsDir } from "../data/files.ts";
import {
  type Benchmark,
  float32Contenders,
  type Growth,
} from "./benchmarks.ts";
import { type Field, startOurs, startPeers } from "./field.ts";
import { type GrowthRow } from "./figures.ts";
import {
  type Effort,
  type Entrant,
  measure,
  type Measured,
} from "./measure.ts";
import { medianOf } from "./ratios.ts";
import { type TargetRow, targetRows, type TimeRow, timeRows } from "./rows.ts";
import { differences } from "./same_values.ts";
import { type Work } from "./work.ts";

/** What a benchmark finds. */
export interface BenchResult {
  readonly benchmark: string;
  readonly times: TimeRow[];
  readonly targets: TargetRow[];
  /** What could not be measured. */
  readonly failures: Measured["failures"];
}

/** How a run of the benchmark is made. */
export interface BenchOptions {
  readonly effort: Effort;
  /** Threads of each contender. */
  readonly threads: number;
  /** The names of the contenders that take part. */
  readonly taking: readonly string[];
  /** Whether the peers take part. */
  readonly peers: boolean;
}

/** Where the parameters and random numbers of the work at hand are. */
const path = join(runsDir("bench"), "work.safetensors");

/** Measures benchmarks, one after the other. */
export async function* runBenchmarks(
  benchmarks: readonly Benchmark[],
  options: BenchOptions,
): AsyncGenerator<BenchResult> {
  for (const benchmark of benchmarks) {
    const { name, work, without = [], untimed, compared = 3 } = benchmark;
    const able = benchmark.contenders ?? float32Contenders;
    const taking = options.taking.filter((name) =>
      able.includes(name) && !without.includes(name)
    );
    yield await withEntrants({ ...options, taking }, async (entrants) => {
      await writeWork(entrants, work, compared);
      const { times, failures } = await measure(
        work,
        entrants.filter(({ name }) => name !== untimed),
        path,
        options.effort,
      );
      const differing = await differences(work, entrants, {
        path,
        iterations: compared,
      });
      return {
        benchmark: name,
        times: timeRows(name, times, differing),
        targets: targetRows(benchmark, times),
        failures,
      };
    });
  }
}

/** Measures how the time and the memory of work grow, an axis in fresh processes. */
export async function runGrowth(
  growths: readonly Growth[],
  options: BenchOptions,
): Promise<GrowthRow[]> {
  const rows: GrowthRow[] = [];
  for (const growth of growths) {
    rows.push(
      ...await withEntrants(
        options,
        (entrants) => growAlong(growth, entrants, options.effort),
      ),
    );
  }
  return rows;
}

async function growAlong(
  { axis, sizes, work }: Growth,
  entrants: readonly Entrant[],
  effort: Effort,
): Promise<GrowthRow[]> {
  const rows: GrowthRow[] = [];
  for (const size of sizes) {
    await writeWork(entrants, work(size), 1);
    const { times } = await measure(work(size), entrants, path, effort);
    for (const { name, seconds, megabytes } of times) {
      const { value, low, high } = medianOf(seconds.map((s) => 1000 * s));
      rows.push({
        ...{ axis, size, contender: name },
        ...{ ms: value, msLow: low, msHigh: high, megabytes },
      });
    }
  }
  return rows;
}

/** Has all in fresh processes, where first calls are as slow as they get. */
export async function withEntrants<T>(
  { threads, taking, peers }: Omit<BenchOptions, "effort">,
  action: (entrants: Entrant[]) => Promise<T>,
): Promise<T> {
  const ours = await startOurs(taking, threads);
  let theirs: Field | undefined;
  try {
    theirs = peers ? await startPeers(taking, threads) : undefined;
    return await action([...ours.entrants, ...theirs?.entrants ?? []]);
  } finally {
    await ours.close();
    await theirs?.close();
  }
}

/** Has the first of the entrants, one of ours, write what others repeat. */
async function writeWork(
  [{ contender }]: readonly Entrant[],
  work: Work,
  iterations: number,
): Promise<void> {
  await contender.ask("write", { work, path, iterations });
}
