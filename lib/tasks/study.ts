/**
 * `deno task study`: the confirmatory runs of the second study, as `data/protocol.json`
 * fixes them.
 *
 * @module
 */

import {
  confirmatoryRun,
  dataDir,
  flowStudy,
  languageStudy,
  protocolClaims,
  readProtocol,
  report,
  type Run,
  run,
  saveExperiment,
  type StudiedTrack,
  studyCharts,
  studyExperiment,
  studyMethods,
  studyName,
  studyTasks,
} from "../mod.ts";
import { forTracks } from "./for_tracks.ts";
import { runTask } from "./run_task.ts";
import { tellOnce } from "./tell_once.ts";

const usage = `Usage: deno task study [TRACK ...]

Runs the second study as data/protocol.json fixes it, flow and language or those named,
and keeps its rows, verdicts and figures in data/results and data/figures. It takes an
hour or two on two cores, goes on where it stopped, and is never part of reproduce, which
runs parts of it again.`;

/** Runs a track task by task, judges it and keeps it. */
async function confirm<Signals>(
  track: string,
  studied: StudiedTrack<Signals>,
): Promise<void> {
  const protocol = await readProtocol();
  const own = protocol.tracks[track];
  const tell = tellOnce();
  const runs: Run[] = [];
  for (const name of Object.keys(own.tasks)) {
    const experiment = studyExperiment(protocol, track, {
      name: studyName(track),
      scale: "full",
      tasks: await studyTasks(own, studied, name),
      methods: studyMethods(own, studied, name),
    });
    runs.push(
      await run(experiment, {
        onProgress: (percent, running) =>
          tell(`${track}: ${name}: ${Math.floor(percent)}%, ${running}`),
      }),
    );
  }
  const study = confirmatoryRun(protocol, track, runs);
  const record = report(study, {
    claims: protocolClaims(protocol, track),
    charts: studyCharts(protocol, track),
  });
  await saveExperiment(record, { runs: dataDir });
}

if (import.meta.main) {
  await runTask(usage, (args) =>
    forTracks(args, {
      flow: () => confirm("flow", flowStudy),
      language: () => confirm("language", languageStudy),
    }));
}
