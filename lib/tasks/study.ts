/**
 * `deno task study`: the confirmatory runs of the second study, as its protocols fix them,
 * and the studies of tracks that have no protocol.
 *
 * @module
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  compressibilityStudy,
  confirmatoryRun,
  dataDir,
  doseChart,
  doseGains,
  flowStudy,
  languageStudy,
  loadLanguageModel,
  loadPictureModels,
  loadSpokenReference,
  loadStudies,
  openListsStudy,
  parseScale,
  protocolClaims,
  qwen2Steps,
  readProtocols,
  report,
  type Run,
  run,
  runTrackStudy,
  saveExperiment,
  saveFigure,
  type Scale,
  sizeGains,
  sizesChart,
  spokenNumbersStudy,
  type StudiedTrack,
  studyCharts,
  studyExperiment,
  studyMethods,
  studyName,
  type StudyPart,
  studyTasks,
  textPicturesStudy,
  type TrackStudy,
  workedSumsStudy,
} from "../mod.ts";
import { ifThere } from "../data/files.ts";
import { fetchModel } from "../setup/fetch_model.ts";
import { forTracks } from "./for_tracks.ts";
import { runTask } from "./run_task.ts";
import { tellOnce } from "./tell_once.ts";

const usage =
  `Usage: deno task study [TRACK ...] [--scale smoke|laptop|full] [--part INDEX/PARTS]

Runs the studies of the tracks named, of those with a protocol if none is, and keeps
their rows, verdicts and figures in data/results and data/figures. They go on where they
stopped, and are never part of reproduce, which runs parts of them again.

  flow, language   the second study as data/protocol.json fixes it: an hour or two on two
                   cores
  flow_2, language_2
                   what it had left open, by data/protocol_2.json: half an hour
  open_lists       SmolLM2 goes on with lists
  qwen2_steps      ten steps of Qwen2.5-Coder-0.5B, which is fetched first (1 GB)
  spoken_numbers   SmolLM2 hears numbers and sums, and answers
  worked_sums      it answers sums at once, or writes them out first
  text_pictures    flows of pictures from captions: five minutes on an H100, a night on two
                   cores
  compressibility  the same flows, for small JPEG files: a quarter of an hour

  --scale          laptop, if not said, which is kept: an hour or two on two cores where no
                   other time stands above; smoke is minutes, full is for a GPU; not of those
                   with a protocol
  --part 2/3       not of these either: the second of three parts, which as many processes
                   run side by side; the last to end judges and keeps the whole`;

/** Runs the study of a track without a protocol. */
async function runOwn<Signals>(
  track: string,
  study: Promise<TrackStudy<Signals>>,
  part?: StudyPart,
): Promise<void> {
  const tell = tellOnce();
  await runTrackStudy(await study, {
    part,
    onProgress: (percent, running) =>
      tell(`${track}: ${Math.floor(percent)}%, ${running}`),
  });
}

/** Runs a track task by task, judges it and keeps it. */
async function confirm<Signals>(
  version: number,
  track: string,
  studied: StudiedTrack<Signals>,
): Promise<void> {
  const protocol = (await readProtocols())[version - 1];
  const own = protocol.tracks[track];
  const study = studyName(track, version);
  const tell = tellOnce();
  const runs: Run[] = [];
  for (const name of Object.keys(own.tasks)) {
    const experiment = studyExperiment(protocol, track, {
      name: study,
      scale: "full",
      tasks: await studyTasks(own, studied, name),
      methods: studyMethods(own, studied, name),
    });
    runs.push(
      await run(experiment, {
        onProgress: (percent, running) =>
          tell(`${study}: ${name}: ${Math.floor(percent)}%, ${running}`),
      }),
    );
  }
  const record = report(confirmatoryRun(protocol, track, runs), {
    claims: protocolClaims(protocol, track),
    charts: studyCharts(protocol, track),
  });
  await saveExperiment(record, { runs: dataDir });
  await drawGains();
}

/** Draws what the protocols tell together, once both tracks of all are kept. */
async function drawGains(): Promise<void> {
  const protocols = await readProtocols();
  const kept = await ifThere(Promise.all(
    ["flow", "language"].map((track) => loadStudies(protocols, track)),
  ));
  if (!kept) return;
  const [flow, language] = kept;
  const figures = join(dataDir, "figures");
  const sizes = { flow: sizeGains(flow), language: sizeGains(language) };
  await saveFigure(figures, "study_doses", doseChart(doseGains(language)));
  await saveFigure(figures, "study_sizes", sizesChart(sizes));
}

/** A pretrained language model, fetched unless it is there. */
const languageModel = async (name: string) =>
  await loadLanguageModel(await fetchModel(name));

const openLists = async (scale: Scale) =>
  openListsStudy(await languageModel("smollm2"), scale);

const qwen2 = async (scale: Scale) =>
  qwen2Steps(await languageModel("qwen2"), scale);

const textPictures = async (scale: Scale) =>
  textPicturesStudy(await loadPictureModels(), scale);

const spokenReference = async () =>
  await loadSpokenReference(await fetchModel("smollm2"));
const compressibility = async (scale: Scale) =>
  compressibilityStudy(await loadPictureModels(), scale);

const spokenNumbers = async (scale: Scale) =>
  spokenNumbersStudy(await spokenReference(), scale);

const workedSums = async (scale: Scale) =>
  workedSumsStudy(await spokenReference(), scale);

/** Reads which part of a study is asked for, such as "2/3". */
function parsePart(text: string | undefined): StudyPart | undefined {
  if (text === undefined) return undefined;
  const numbers = /^(\d+)\/(\d+)$/.exec(text);
  if (!numbers) {
    throw new RangeError(`Expected --part as INDEX/PARTS, got "${text}"`);
  }
  return { index: Number(numbers[1]), of: Number(numbers[2]) };
}

if (import.meta.main) {
  await runTask(usage, (args) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        scale: { type: "string", default: "laptop" },
        part: { type: "string" },
      },
      allowPositionals: true,
    });
    const scale = parseScale(values.scale);
    const part = parsePart(values.part);
    const protocolled = ["flow", "language", "flow_2", "language_2"];
    return forTracks(positionals.length > 0 ? positionals : protocolled, {
      flow: () => confirm(1, "flow", flowStudy),
      language: () => confirm(1, "language", languageStudy),
      flow_2: () => confirm(2, "flow", flowStudy),
      language_2: () => confirm(2, "language", languageStudy),
      open_lists: () => runOwn("open_lists", openLists(scale), part),
      qwen2_steps: () => runOwn("qwen2_steps", qwen2(scale), part),
      text_pictures: () => runOwn("text_pictures", textPictures(scale), part),
      compressibility: () =>
        runOwn("compressibility", compressibility(scale), part),
      spoken_numbers: () =>
        runOwn("spoken_numbers", spokenNumbers(scale), part),
      worked_sums: () => runOwn("worked_sums", workedSums(scale), part),
    });
  });
}
