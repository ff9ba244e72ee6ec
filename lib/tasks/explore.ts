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
  flowStudy,
  languageStudy,
  readProtocols,
  readTrials,
  type StudiedTrack,
  studyMethods,
  studyTasks,
  writeCsv,
} from "../mod.ts";
import { forTracks } from "./for_tracks.ts";
import { runTask } from "./run_task.ts";

const usage = `Usage: deno task explore [TRACK ...]

Tunes every method of the study's tracks, flow, language, flow_2 and language_2 or those
named, by the rule and on the exploration seeds of data/protocol.json, or of
data/protocol_2.json. What is found goes to data/exploration, and from there by hand into
the protocol, before anything is confirmed. What was tried before is not tried again.`;

/** Tunes the methods of a track one after the other; the file grows with each. */
async function exploreTrack<Signals>(
  version: number,
  track: string,
  studied: StudiedTrack<Signals>,
): Promise<void> {
  const protocol = (await readProtocols())[version - 1];
  const own = protocol.tracks[track];
  const [first] = Object.keys(own.tasks);
  const [task] = await studyTasks(own, studied, first);
  const methods = studyMethods(own, studied, first);
  const kept = join(dataDir, "exploration", `${track}.csv`);
  const found = Map.groupBy(await readTrials(kept), ({ method }) => method);
  for (const [i, method] of methods.entries()) {
    console.error(`[${i + 1}/${methods.length}] ${track}: ${method.name}`);
    const trials = await explore(protocol, track, {
      ...{ task, kept, methods: [method] },
    });
    found.set(method.name, trials);
    await writeCsv(kept, [...found.values()].flat());
  }
}

if (import.meta.main) {
  await runTask(usage, (args) =>
    forTracks(args, {
      flow: () => exploreTrack(1, "flow", flowStudy),
      language: () => exploreTrack(1, "language", languageStudy),
      flow_2: () => exploreTrack(2, "flow", flowStudy),
      language_2: () => exploreTrack(2, "language", languageStudy),
    }));
}
