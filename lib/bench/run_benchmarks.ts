import { join } from "node:path";
import { runsDir } from "../data/files.ts";
import { benchmarks, contenders, growths } from "./benchmarks.ts";
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
import { comparedIterations, differences } from "./same_values.ts";
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

/** Measures every benchmark, one after the other. */
export async function* runBenchmarks(
  options: BenchOptions,
): AsyncGenerator<BenchResult> {
  for (const benchmark of benchmarks) {
    const { name, work, without = [] } = benchmark;
    const taking = options.taking.filter((name) => !without.includes(name));
    yield await withEntrants({ ...options, taking }, async (entrants) => {
      await writeWork(entrants, work);
      const { times, failures } = await measure(
        work,
        entrants,
        path,
        options.effort,
      );
      const differing = await differences(work, entrants, path);
      return {
        benchmark: name,
        times: timeRows(name, times, differing),
        targets: targetRows(benchmark, times),
        failures,
      };
    });
  }
}

/** Measures how the time of a training step grows. */
export async function runGrowth(options: BenchOptions): Promise<GrowthRow[]> {
  const { graph, tfjs, torch, jax } = contenders;
  const taking = [graph, tfjs, torch, jax];
  return await withEntrants({ ...options, taking }, async (entrants) => {
    const rows: GrowthRow[] = [];
    for (const { axis, sizes, work } of growths) {
      for (const size of sizes) {
        await writeWork(entrants, work(size));
        const { times } = await measure(
          work(size),
          entrants,
          path,
          options.effort,
        );
        for (const { name, seconds } of times) {
          const { value, low, high } = medianOf(seconds.map((s) => 1000 * s));
          rows.push({
            axis,
            size,
            contender: name,
            ms: value,
            msLow: low,
            msHigh: high,
          });
        }
      }
    }
    return rows;
  });
}

/** Has all in fresh processes, where first calls are as slow as they get. */
async function withEntrants<T>(
  { threads, taking, peers }: BenchOptions,
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

/** Has tfjs eager, the first of the entrants, write what peers repeat. */
async function writeWork(
  [{ contender }]: readonly Entrant[],
  work: Work,
): Promise<void> {
  await contender.ask("write", { work, path, iterations: comparedIterations });
}
