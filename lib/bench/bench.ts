/**
 * The benchmarks: training steps, samplers and whole online iterations, op by op (on
 * the kernels of TensorFlow.js and on ours) and compiled, and PyTorch and JAX at the
 * same work.
 *
 * Everything is measured side by side in one run: contenders take turns in short
 * blocks, one process at a time, each kept to the same number of threads, in float32.
 * Ratios are medians over the turns, with 95% intervals.
 *
 * @module
 */

import { join } from "node:path";
import { dataDir, runsDir, writeText } from "../data/files.ts";
import { writeCsv } from "../results/csv.ts";
import { saveFigure } from "../results/figure_files.ts";
import { contenders } from "./benchmarks.ts";
import { describeOurs, describePeers } from "./field.ts";
import { growthFigure, ratioFigure } from "./figures.ts";
import {
  type BenchOptions,
  runBenchmarks,
  runGrowth,
} from "./run_benchmarks.ts";
import { type TargetRow, type TimeRow } from "./rows.ts";
import { benchText } from "./text.ts";

/** A run of the benchmarks. */
export interface BenchRequest {
  /** Whether PyTorch and JAX take part. */
  readonly peers: boolean;
  /** Whether it takes a minute only: fewer turns, no XLA, no growth. */
  readonly quick: boolean;
  /** Threads of each contender. */
  readonly threads: number;
  /** Whether the results become the kept ones. */
  readonly keep: boolean;
}

const slowToCompile: string[] = [contenders.xla, contenders.xlaLoop];

/** Runs the benchmarks; prints and writes what they measure. */
export async function bench(
  { quick, threads, keep, peers }: BenchRequest,
): Promise<void> {
  const taking = Object.values(contenders)
    .filter((name) => !quick || !slowToCompile.includes(name));
  const versions = peers ? await describePeers(taking, threads) : {};
  const options: BenchOptions = {
    threads,
    effort: quick
      ? { repetitions: 7, blockSeconds: 0.03 }
      : { repetitions: 21, blockSeconds: 0.06 },
    taking,
    peers,
  };
  const times: TimeRow[] = [];
  const targets: TargetRow[] = [];
  for await (const result of runBenchmarks(options)) {
    console.log(`${benchText(result)}\n`);
    times.push(...result.times);
    targets.push(...result.targets);
  }
  const folders = [runsDir("bench"), ...keep ? [join(dataDir, "bench")] : []];
  const growth = quick ? [] : await runGrowth(options);
  const setting = {
    ...await describeOurs(threads),
    ...versions,
    threads,
    ...options.effort,
  };
  for (const folder of folders) {
    await writeCsv(join(folder, "times.csv"), times);
    await writeCsv(join(folder, "targets.csv"), targets);
    await writeText(
      join(folder, "setting.json"),
      `${JSON.stringify(setting, null, 2)}\n`,
    );
    await saveFigure(folder, "ratios", ratioFigure(times));
    if (growth.length > 0) {
      await writeCsv(join(folder, "growth.csv"), growth);
      await saveFigure(folder, "growth", growthFigure(growth));
    }
  }
  console.log(`Tables and figures: ${folders.join(", ")}`);
}
