/**
 * The benchmarks: training steps, samplers and whole online iterations, op by op (on
 * the kernels of TensorFlow.js and on ours) and compiled, and PyTorch and JAX at the
 * same work.
 *
 * Everything is measured side by side in one run: contenders take turns in short
 * blocks, one process at a time, each kept to the same number of threads, in float32
 * but for rows of bf16. Ratios are medians over the turns, with 95% intervals.
 *
 * @module
 */

import { join } from "node:path";
import { dataDir, runsDir } from "../data/files.ts";
import { benchmarks, contenders, growths } from "./benchmarks.ts";
import { describeOurs, describePeers } from "./field.ts";
import {
  languageBenchmarks,
  languageEffort,
  loadingBenchmark,
  smollm2,
} from "./language_benchmarks.ts";
import {
  sd3Folder,
  writeModelFolder,
  writeSd3Folder,
} from "./model_folders.ts";
import { runLanguageBenchmarks, runLanguageGrowth } from "./run_language.ts";
import {
  type BenchOptions,
  type BenchResult,
  runBenchmarks,
  runGrowth,
} from "./run_benchmarks.ts";
import { type TargetRow, type TimeRow } from "./rows.ts";
import { sd3Benchmarks } from "./sd3_benchmarks.ts";
import { benchText } from "./text.ts";
import { writeResults } from "./write_results.ts";

/** A run of the benchmarks. */
export interface BenchRequest {
  /** Whether PyTorch and JAX take part, and models of other libraries are measured. */
  readonly peers: boolean;
  /** Whether it takes a minute only: fewer turns, no XLA, no growth, no such models. */
  readonly quick: boolean;
  /** Threads of each contender. */
  readonly threads: number;
  /** A part of the names of what is measured; all when left out. */
  readonly only?: string;
  /** Whether the results become the kept ones. */
  readonly keep: boolean;
}

const slowToCompile: string[] = [contenders.xla, contenders.xlaLoop];

/** Runs the benchmarks; prints and writes what they measure. */
export async function bench(
  { quick, threads, keep, peers, only = "" }: BenchRequest,
): Promise<void> {
  const asked = ({ name }: { name: string }) => name.includes(only);
  const ofModel = [loadingBenchmark, ...languageBenchmarks("")];
  const whole = peers && !quick;
  const ofOthers = whole ? [...sd3Benchmarks(""), ...ofModel] : [];
  assertSome([...benchmarks, ...ofOthers], asked, only);
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
  const tell = (result: BenchResult) => {
    console.log(`${benchText(result)}\n`);
    times.push(...result.times);
    targets.push(...result.targets);
  };
  const pictures = whole ? sd3Benchmarks(sd3Folder).filter(asked) : [];
  if (pictures.length > 0) await writeSd3Folder(threads);
  const own = [...benchmarks.filter(asked), ...pictures];
  for await (const result of runBenchmarks(own, options)) tell(result);
  const model = whole && ofModel.some(asked)
    ? await findModel(threads)
    : undefined;
  if (model) {
    const results = runLanguageBenchmarks(model, asked, options);
    for await (const result of results) tell(result);
  }
  const { graph, tfjs, torch, jax } = contenders;
  const growing = { ...options, taking: [graph, tfjs, torch, jax] };
  const grows = !quick && !only;
  const growth = grows ? await runGrowth(growths, growing) : [];
  const modelGrowth = model && grows
    ? await runLanguageGrowth(model, options)
    : [];
  const setting = {
    ...await describeOurs(threads),
    ...versions,
    threads,
    ...options.effort,
    ...model && { language: languageEffort },
  };
  const results = { times, targets, growth, modelGrowth, setting };
  const folders = [runsDir("bench")];
  await writeResults(folders[0], results, false);
  if (keep) {
    folders.push(join(dataDir, "bench"));
    await writeResults(folders[1], results, only !== "");
  }
  console.log(`Tables and figures: ${folders.join(", ")}`);
}

/** The language model of the rows of SmolLM2, which are left out without it. */
async function findModel(threads: number): Promise<string | undefined> {
  const folder = await writeModelFolder(smollm2, threads);
  if (folder === undefined) {
    console.log(
      "The rows of SmolLM2 are left out: it is not there, and `deno task model smollm2` fetches it\n",
    );
  }
  return folder;
}

/** Checks that something is measured. */
function assertSome(
  all: readonly { name: string }[],
  asked: (benchmark: { name: string }) => boolean,
  only: string,
): void {
  if (all.some(asked)) return;
  throw new RangeError(
    `Expected --only to be a part of one of ${
      all.map(({ name }) => name).join("; ")
    }, got "${only}"`,
  );
}
