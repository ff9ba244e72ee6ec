/**
 * `deno task explore`: tunes the methods of the study by the protocol's rule, on its
 * exploration seeds.
 *
 * @module
 */

import { join } from "node:path";
import {
  dataDir,
  explore,
  flowMethods,
  languageMethods,
  loadLanguagePolicies,
  loadPretrained,
  type Method,
  mixtureTasks,
  readProtocol,
  readTrials,
  sumRewards,
  sumTask,
  type Task,
  writeCsv,
} from "../mod.ts";
import { runTask } from "./run_task.ts";

const usage = `Usage: deno task explore [TRACK ...]

Tunes every method of the study's tracks, flow and language or those named, by the rule
and on the exploration seeds of data/protocol.json. What is found goes to
data/exploration, and from there by hand into the protocol, before anything is
confirmed. What was tried before is not tried again.`;

/** Tunes the methods of a track one after the other; the file grows with each. */
async function exploreTrack<Signals>(
  track: string,
  task: Task<Signals>,
  methods: readonly Method<Signals>[],
): Promise<void> {
  const protocol = await readProtocol();
  const kept = join(dataDir, "exploration", `${track}.csv`);
  const found = Map.groupBy(await readTrials(kept), ({ method }) => method);
  for (const [i, method] of methods.entries()) {
    console.error(`[${i + 1}/${methods.length}] ${track}: ${method.name}`);
    const trials = await explore(protocol, track, {
      ...{ task, kept, methods: [method] },
    });
    found.set(method.name, trials);
    await writeCsv(kept, methods.flatMap(({ name }) => found.get(name) ?? []));
  }
}

const tracks: Record<string, () => Promise<void>> = {
  async flow() {
    const { graded } = mixtureTasks(await loadPretrained("mixture_flow"));
    await exploreTrack("flow", graded, flowMethods);
  },
  async language() {
    const { rough } = await loadLanguagePolicies();
    const task = sumTask(sumRewards.exact, rough, { name: "digit sum" });
    await exploreTrack("language", task, languageMethods);
  },
};

/**
 * Reads a command line.
 *
 * @param args The names of tracks.
 * @returns Those names, or all.
 * @throws {RangeError} If there is no such track.
 */
export function parseTracks(args: readonly string[]): string[] {
  const names = Object.keys(tracks);
  const unknown = args.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `Expected a track, one of ${names.join(", ")}, got "${unknown}"`,
    );
  }
  return args.length > 0 ? [...new Set(args)] : names;
}

if (import.meta.main) {
  await runTask(usage, async (args) => {
    for (const track of parseTracks(args)) await tracks[track]();
  });
}
