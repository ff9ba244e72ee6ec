/**
 * Our side of the benchmark: answers its questions, one JSON object a line, as the
 * peers in `peers/` do.
 *
 * @module
 */

import { resourceUsage } from "node:process";
import { writeBytes } from "../data/files.ts";
import { encodeSafetensors } from "../data/safetensors.ts";
import { environment } from "../results/environment.ts";
import { tf } from "../tf/backend.ts";
import { linesOf } from "./contender.ts";
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

/** The seconds of some calls. */
async function seconds(work: Running, calls: number): Promise<number> {
  const before = performance.now();
  await call(work, calls);
  return (performance.now() - before) / 1000;
}

const answers = {
  describe: () => environment(),

  prepare: async (
    { work, way, key }: { work: Work; way: Way; key: string },
  ) => {
    const workload = await workloadOf(work);
    const before = performance.now();
    const started = start(workload, way);
    await call(started, 1);
    const firstSeconds = (performance.now() - before) / 1000;
    await call(started, 2);
    running.set(key, started);
    return { pieces: started.pieces, firstSeconds };
  },

  measure: async ({ key, calls }: { key: string; calls: number }) => ({
    seconds: await seconds(running.get(key)!, calls),
  }),

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
