import { contenders } from "./benchmarks.ts";
import { type GrowthRow } from "./figures.ts";
import {
  languageBenchmarks,
  languageEffort,
  languageGrowths,
  loadingBenchmark,
} from "./language_benchmarks.ts";
import { type Loader, loading, timeLoading } from "./loading.ts";
import { targetRows, timeRows } from "./rows.ts";
import {
  type BenchOptions,
  type BenchResult,
  runBenchmarks,
  runGrowth,
  withEntrants,
} from "./run_benchmarks.ts";

/**
 * Measures a pretrained language model beside PyTorch, one benchmark after the other.
 *
 * @param folder The model, in the hub's layout.
 * @param asked Which of the benchmarks.
 * @param options How; of the effort nothing counts, for calls take seconds.
 */
export async function* runLanguageBenchmarks(
  folder: string,
  asked: (benchmark: { name: string }) => boolean,
  options: BenchOptions,
): AsyncGenerator<BenchResult> {
  if (asked(loadingBenchmark)) yield await benchLoading(folder, options);
  yield* runBenchmarks(languageBenchmarks(folder).filter(asked), {
    ...options,
    effort: languageEffort,
  });
}

async function benchLoading(
  folder: string,
  options: BenchOptions,
): Promise<BenchResult> {
  const taking = [contenders.graph, contenders.torch];
  return await withEntrants({ ...options, taking }, async (entrants) => {
    const [ours, torch] = entrants.map(({ contender }) => contender);
    const loaders: Loader[] = [
      { name: loading.ours, contender: ours, ask: "load" },
      { name: loading.file, contender: ours, ask: "read" },
      ...torch
        ? [{ name: loading.torch, contender: torch, ask: "load" } as const]
        : [],
    ];
    const times = await timeLoading(folder, loaders, languageEffort);
    const { name } = loadingBenchmark;
    return {
      benchmark: name,
      times: timeRows(name, times, {}),
      targets: targetRows(loadingBenchmark, times),
      failures: [],
    };
  });
}

/** Measures how the time and the memory of a step of adapters grow. */
export async function runLanguageGrowth(
  folder: string,
  options: BenchOptions,
): Promise<GrowthRow[]> {
  const { graph, torch } = contenders;
  return await runGrowth(languageGrowths(folder), {
    ...options,
    taking: [graph, torch],
    effort: { ...languageEffort, repetitions: 2 },
  });
}
