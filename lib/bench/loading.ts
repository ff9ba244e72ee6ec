import { type Contender } from "./contender.ts";
import { type Effort, type Ready, takeBlocks, type Times } from "./measure.ts";

/** The names of those whose loading of a model is timed. */
export const loading = {
  ours: "ours",
  file: "reading the file",
  torch: "PyTorch eager",
} as const;

/** Who loads, and by which question. */
export interface Loader {
  readonly name: string;
  readonly contender: Contender;
  readonly ask: "load" | "read";
}

/**
 * Times the loading of a pretrained model, and the mere reading of its file. The first
 * time of each, which also loads libraries, is told apart.
 *
 * @param path The model's folder in the hub's layout.
 * @param loaders Who loads.
 * @param effort How long to measure.
 * @returns The times of each.
 */
export async function timeLoading(
  path: string,
  loaders: readonly Loader[],
  effort: Effort,
): Promise<Times[]> {
  const ready: Ready[] = [];
  for (const { name, contender, ask } of loaders) {
    const block = async () =>
      (await contender.ask<{ seconds: number }>(ask, { path })).seconds;
    ready.push({
      ...{ name, block, pieces: 1, calls: 1 },
      firstSeconds: await block(),
      megabytes: async () =>
        (await contender.ask<{ megabytes: number }>("memory")).megabytes,
      drop: () => Promise.resolve(),
    });
  }
  const seconds = await takeBlocks(ready, effort);
  const times: Times[] = [];
  for (const [i, { name, firstSeconds, megabytes }] of ready.entries()) {
    times.push({
      ...{ name, firstSeconds, seconds: seconds[i] },
      megabytes: await megabytes(),
    });
  }
  return times;
}
