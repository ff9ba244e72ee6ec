/**
 * Our side of the benchmark: answers its questions, one JSON object a line, as the
 * peers in `peers/` do.
 *
 * @module
 */

import { join } from "node:path";
import { resourceUsage } from "node:process";
import { writeBytes } from "../data/files.ts";
import { encodeSafetensors } from "../data/safetensors.ts";
import { environment } from "../results/environment.ts";
import { initAdapters } from "../pretrained/language/adapters.ts";
import { loadLanguageModel } from "../pretrained/language/language_model.ts";
import { writeMerged } from "../pretrained/language/merge.ts";
import { tf } from "../tf/backend.ts";
import { keys } from "../tf/random.ts";
import { linesOf } from "./contender.ts";
import { writeRandomSd3 } from "./random_sd3.ts";
import { type Work, workloadOf } from "./work.ts";
import { type Running, start, type Way } from "./workload.ts";

const running = new Map<string, Running>();
let iteration = 0;

/** Does calls to their end: the values of the last are read. */
async function call(work: Running, calls: number): Promise<void> {
  for (let i = 0; i < calls; i++) {
    const logs = work.call(iteration++);
    if (i === calls - 1) await Object.values(logs)[0].data();
    tf.dispose(logs);
  }
}

/** How many seconds an action takes. */
async function secondsOf(action: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await action();
  return (performance.now() - before) / 1000;
}

/** Reads a file to its end, a piece at a time. */
async function readThrough(path: string): Promise<void> {
  using file = await Deno.open(path);
  const piece = new Uint8Array(2 ** 20);
  while (await file.read(piece) !== null);
}

const answers = {
  describe: () => environment(),

  prepare: async (
    { work, way, key, warmUps }: {
      work: Work;
      way: Way;
      key: string;
      warmUps: number;
    },
  ) => {
    const workload = await workloadOf(work);
    const started = start(workload, way);
    const firstSeconds = await secondsOf(() => call(started, 1));
    await call(started, warmUps);
    running.set(key, started);
    return { pieces: started.pieces, firstSeconds };
  },

  measure: async ({ key, calls }: { key: string; calls: number }) => ({
    seconds: await secondsOf(() => call(running.get(key)!, calls)),
  }),

  /** Loads a pretrained model; its disposal is not counted. */
  load: async ({ path }: { path: string }) => {
    let model: Awaited<ReturnType<typeof loadLanguageModel>>;
    const seconds = await secondsOf(async () => {
      model = await loadLanguageModel(path);
    });
    model!.dispose();
    return { seconds };
  },

  /** Reads the weights of a pretrained model, and does nothing with them. */
  read: async ({ path }: { path: string }) => ({
    seconds: await secondsOf(() =>
      readThrough(join(path, "model.safetensors"))
    ),
  }),

  /** Writes a pretrained model as a folder in the hub's layout, in float32. */
  writeFolder: async ({ path, folder }: { path: string; folder: string }) => {
    const model = await loadLanguageModel(path);
    const unchanged = initAdapters(model, keys([0]), { rank: 1, alpha: 1 });
    await writeMerged(folder, model, unchanged);
    tf.dispose(unchanged);
    model.dispose();
    return {};
  },

  /** Writes a Stable Diffusion 3 of random weights as diffusers lays it out. */
  writeSd3: async ({ folder }: { folder: string }) => {
    await writeRandomSd3(folder);
    return {};
  },

  /** The most memory that this process ever had. */
  memory: () => ({ megabytes: resourceUsage().maxRSS / 1024 }),

  drop: ({ key }: { key: string }) => {
    running.get(key)?.dispose();
    running.delete(key);
    return {};
  },

  /** Writes what peers need to repeat the first iterations. */
  write: async (
    { work, path, iterations }: {
      work: Work;
      path: string;
      iterations: number;
    },
  ) => {
    const { repeat: { params, draws } } = await workloadOf(work);
    const named = (prefix: string, tensors: Record<string, unknown>) =>
      Object.entries(tensors).map(([name, value]) => [prefix + name, value]);
    const entries = Array.from(
      { length: iterations },
      (_, i) => named(`draws/${i}/`, tf.tidy(() => draws(i))),
    );
    const all = Object.fromEntries([
      ...named("params/", params),
      ...entries.flat(),
    ]);
    await writeBytes(path, await encodeSafetensors(all, {}));
    return {};
  },

  values: async (
    { work, way, iterations }: { work: Work; way: Way; iterations: number },
  ) => {
    const workload = await workloadOf(work);
    const started = start(workload, way);
    const values = Array.from(
      { length: iterations },
      (_, i) => tf.tidy(() => [...workload.values(started.call(i)).dataSync()]),
    );
    started.dispose();
    return { values };
  },
};

for await (const line of linesOf(Deno.stdin.readable)) {
  const { ask, ...details } = JSON.parse(line);
  let reply: unknown;
  try {
    const answer = answers[ask as keyof typeof answers];
    reply = await answer(details as never);
  } catch (error) { // The benchmark says it and goes on without.
    reply = { error: String(error) };
  }
  console.log(JSON.stringify(reply));
}
