/**
 * `deno task study`: the confirmatory runs of the second study, as `data/protocol.json`
 * fixes them.
 *
 * @module
 */

import {
  confirmatoryRun,
  currentScale,
  dataDir,
  disposePictureModels,
  flowStudy,
  languageStudy,
  loadPictureModels,
  protocolClaims,
  readProtocol,
  report,
  reportTextPictures,
  type Run,
  run,
  runTextPictures,
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

Runs the second study as data/protocol.json fixes it, flow and language, and the study
of pictures from text, text_pictures, which is for a GPU: all, or those named. Rows,
verdicts and figures are kept in data/results and data/figures. flow and language take an
hour or two on two cores. It goes on where it stopped, and is never part of reproduce,
which runs parts of it again.`;

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

/** Runs the study of pictures from text and keeps it; at `KIT_SCALE`, where that is set. */
async function studyPictures(): Promise<void> {
  const scale = Deno.env.has("KIT_SCALE") ? currentScale() : "full";
  const tell = tellOnce();
  const models = await loadPictureModels();
  const done = await runTextPictures(models, scale, {
    onProgress: (percent, running) =>
      tell(`text_pictures: ${Math.floor(percent)}%, ${running}`),
  });
  disposePictureModels(models);
  const record = reportTextPictures(done);
  await saveExperiment(record, scale === "full" ? { runs: dataDir } : {});
}

if (import.meta.main) {
  await runTask(usage, (args) =>
    forTracks(args, {
      flow: () => confirm("flow", flowStudy),
      language: () => confirm("language", languageStudy),
      text_pictures: studyPictures,
    }));
}
