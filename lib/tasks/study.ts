/**
 * `deno task study`: the confirmatory runs of the second study, as `data/protocol.json`
 * fixes them, and the studies of tracks that have no protocol.
 *
 * @module
 */

import { parseArgs } from "node:util";
import {
  confirmatoryRun,
  dataDir,
  flowStudy,
  languageStudy,
  loadLanguageModel,
  loadPictureModels,
  loadSpokenReference,
  openListsStudy,
  parseScale,
  protocolClaims,
  readProtocol,
  report,
  type Run,
  run,
  runTrackStudy,
  saveExperiment,
  type Scale,
  spokenNumbersStudy,
  type StudiedTrack,
  studyCharts,
  studyExperiment,
  studyMethods,
  studyName,
  studyTasks,
  textPicturesStudy,
  type TrackStudy,
} from "../mod.ts";
import { fetchModel } from "../setup/fetch_model.ts";
import { forTracks } from "./for_tracks.ts";
import { runTask } from "./run_task.ts";
import { tellOnce } from "./tell_once.ts";

const usage = `Usage: deno task study [TRACK ...] [--scale smoke|laptop|full]

Runs the studies of the tracks named, of flow and language if none is, and keeps their
rows, verdicts and figures in data/results and data/figures. They go on where they
stopped, and are never part of reproduce, which runs parts of them again.

  flow, language   the second study as data/protocol.json fixes it: an hour or two on two
                   cores
  open_lists       SmolLM2 goes on with lists: minutes on a GPU, hours on two cores
  spoken_numbers   SmolLM2 hears numbers and sums, and answers: likewise

  text_pictures    flows of pictures from captions: likewise

  --scale          full, if not said; of the last three also a small one, which is not
                   kept`;

/** Runs the study of a track without a protocol. */
async function runOwn<Signals>(
  track: string,
  study: Promise<TrackStudy<Signals>>,
): Promise<void> {
  const tell = tellOnce();
  await runTrackStudy(await study, {
    onProgress: (percent, running) =>
      tell(`${track}: ${Math.floor(percent)}%, ${running}`),
  });
}

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

/** The language model that tracks fine-tune, fetched unless it is there. */
const smollm2 = async () =>
  await loadLanguageModel(await fetchModel("smollm2"));

const spokenNumbers = async (scale: Scale) =>
  spokenNumbersStudy(
    await loadSpokenReference(await fetchModel("smollm2")),
    scale,
  );

if (import.meta.main) {
  await runTask(usage, (args) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { scale: { type: "string", default: "full" } },
      allowPositionals: true,
    });
    const scale = parseScale(values.scale);
    const protocolled = ["flow", "language"];
    return forTracks(positionals.length > 0 ? positionals : protocolled, {
      flow: () => confirm("flow", flowStudy),
      language: () => confirm("language", languageStudy),
      open_lists: () =>
        runOwn("open_lists", smollm2().then((m) => openListsStudy(m, scale))),
      text_pictures: () =>
        runOwn(
          "text_pictures",
          loadPictureModels().then((m) => textPicturesStudy(m, scale)),
        ),
      spoken_numbers: () => runOwn("spoken_numbers", spokenNumbers(scale)),
    });
  });
}
