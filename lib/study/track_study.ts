import { join } from "node:path";
import { dataDir, ifThere, runsDir, writeText } from "../data/files.ts";
import { fromJson, toJson } from "../data/json.ts";
import { codeVersion, shortHash } from "../experiments/code_version.ts";
import { type Experiment, type Run } from "../experiments/experiment.ts";
import { joinRows, joinRuns, type RunRows } from "../experiments/join_runs.ts";
import { frameOf, pieces } from "../experiments/pieces.ts";
import { run, type RunOptions, type Trained } from "../experiments/run.ts";
import { type Arm } from "../methods/method.ts";
import { type Claim } from "../results/claims.ts";
import { report, type ReportOptions } from "../results/report.ts";
import { saveExperiment } from "../results/save_experiment.ts";
import { type Trial, tune, type TuneOptions } from "./tune.ts";

/**
 * The study of a track that has no protocol: what is run, how it is tuned, what is
 * claimed and drawn, and what is kept of the trained.
 */
export interface TrackStudy<Signals> {
  /** The experiment, whose arms are still to be tuned, if they are. */
  readonly experiment: Experiment<Signals>;
  /**
   * How they are tuned, on the first task; all have one budget when left out. See
   * {@linkcode tune}.
   */
  readonly tuning?: Pick<TuneOptions, "candidates" | "seeds" | "diversity">;
  /** What is claimed. */
  readonly claims: readonly Claim[];
  /** What is drawn. */
  readonly charts: ReportOptions["charts"];
  /** Adds rows of what is not trained, such as where training starts, to a run. */
  complete?(run: Run): Promise<Run>;
  /** Writes what notebooks measure again, under a folder of the study's own. */
  keep?(trained: Trained, folder: string): Promise<void>;
}

/**
 * Tunes the learning rate alone, on one seed that decides nothing. A smoke run tries the
 * budget's.
 *
 * @param experiment What is tuned.
 * @param rates The rates that are tried for every method.
 * @param diversity The column of diversity to judge by.
 */
export function tuneRate<Signals>(
  { scale, budget: { learningRate, updates } }: Experiment<Signals>,
  rates: readonly number[],
  diversity: string,
): TrackStudy<Signals>["tuning"] {
  const tried = scale === "smoke" ? [learningRate] : rates;
  return {
    candidates: tried.map((learningRate) => ({ learningRate, updates })),
    ...{ seeds: [1000], diversity },
  };
}

/** A part of a study that several processes share: the `index`-th, from 1, of so many. */
export interface StudyPart {
  readonly index: number;
  readonly of: number;
}

/** Who is told as a study goes, and which part of it is run. */
export interface TrackStudyOptions extends Pick<RunOptions, "onProgress"> {
  /** The whole when left out. */
  part?: StudyPart;
}

/** What a part leaves for the whole. */
interface PartResult {
  readonly runs: RunRows;
  readonly trials: readonly Trial[];
}

/**
 * Runs the study of a track: tunes its methods on seeds of exploration, if it says how,
 * runs it, judges it and writes it. At scale `laptop` it is kept in `data/results`,
 * `data/figures` and `data/adapters`; else it is under the scale's folder of runs. It goes
 * on where it stopped.
 *
 * Processes may share it, on one machine or on a folder that machines share: each runs a
 * part, and the last to end judges and writes the whole.
 *
 * @param study The study; the tensors of its tasks stay.
 * @param options Who is told as it goes, and which part is run.
 * @returns The folder of its results; nothing where other parts are still missing.
 * @throws {RangeError} If there is no such part.
 */
export async function runTrackStudy<Signals>(
  study: TrackStudy<Signals>,
  { onProgress, part = { index: 1, of: 1 } }: TrackStudyOptions = {},
): Promise<string | undefined> {
  const { experiment } = study;
  const own = partOf(experiment, part);
  const trials = await tuned(study, own, onProgress);
  const runs: RunRows[] = [];
  for (const piece of own) {
    const arms = withTuned(piece.arms, trials);
    runs.push(
      await run({ ...piece, arms }, {
        onProgress,
        // Not beside the pretrained models: those are a part of a run's identity.
        onTrained: (trained) =>
          study.keep?.(
            trained,
            join(folderOf(experiment), "adapters", experiment.name),
          ),
      }),
    );
  }
  const mine: PartResult = { runs: joinRows(runs), trials };
  if (part.of === 1) return await judge(study, [mine]);
  const path = await pathOfParts(experiment, part.of);
  await writeText(path(part.index), `${toJson(mine)}\n`);
  const parts = await Promise.all(
    Array.from({ length: part.of }, async (_, i) => {
      const text = await ifThere(Deno.readTextFile(path(i + 1)));
      return text === undefined ? undefined : fromJson(text) as PartResult;
    }),
  );
  return parts.every((other) => other !== undefined)
    ? await judge(study, parts)
    : undefined;
}

/** Where what a study leaves is written. */
const folderOf = <Signals>({ scale }: Experiment<Signals>) =>
  scale === "laptop" ? dataDir : runsDir(scale);

/** Splits an experiment evenly, by task, then by arm: experiments of one task each. */
function partOf<Signals>(
  experiment: Experiment<Signals>,
  { index, of }: StudyPart,
): Experiment<Signals>[] {
  const all = pieces(experiment);
  if (!(Number.isInteger(index) && index >= 1 && index <= of)) {
    throw new RangeError(`Expected a part from 1 to ${of}, got ${index}`);
  }
  if (!(Number.isInteger(of) && of <= all.length)) {
    throw new RangeError(
      `Expected at most ${all.length} parts, a method on a task each, got ${of}`,
    );
  }
  const at = (part: number) => Math.floor(part * all.length / of);
  const own = all.slice(at(index - 1), at(index));
  const tasks = Map.groupBy(
    own,
    ({ tasks: [{ name, reference = 0 }] }) => `${name} ${reference}`,
  );
  return [...tasks.values()].map((pieces) => ({
    ...pieces[0],
    arms: pieces.flatMap(({ arms }) => arms),
  }));
}

/** Tunes the arms of a part, each once, on the experiment's first task. */
async function tuned<Signals>(
  { experiment, tuning }: TrackStudy<Signals>,
  own: readonly Experiment<Signals>[],
  onProgress: RunOptions["onProgress"],
): Promise<Trial[]> {
  if (!tuning) return [];
  const arms = new Map(
    own.flatMap(({ arms }) => arms.map((arm) => [arm.method.name, arm])),
  );
  const { trials } = await tune({
    ...experiment,
    tasks: experiment.tasks.slice(0, 1),
    arms: [...arms.values()],
  }, {
    ...{ ...tuning, onProgress },
    kept: join(folderOf(experiment), "results", experiment.name, "tuning.csv"),
  });
  return trials;
}

/** Arms with what was chosen for them. */
function withTuned<Signals>(
  arms: readonly Arm<Signals>[],
  trials: readonly Trial[],
): Arm<Signals>[] {
  return arms.map((arm) => {
    const best = trials.find(({ method, chosen }) =>
      chosen && method === arm.method.name
    );
    if (!best) return arm;
    const { learningRate, updates } = best;
    return { ...arm, tuned: { learningRate, updates } };
  });
}

/** The paths of the parts of a study, by all that decides what they are. */
async function pathOfParts<Signals>(
  experiment: Experiment<Signals>,
  of: number,
): Promise<(index: number) => string> {
  const { name, scale } = experiment;
  const identity = { of, ...frameOf(experiment), code: await codeVersion() };
  const folder = join(
    runsDir(scale),
    "parts",
    `${name} ${shortHash(identity)}`,
  );
  return (index) => join(folder, `${index}.json`);
}

/** Judges what all parts left, and writes it. */
async function judge<Signals>(
  { experiment, claims, charts, complete }: TrackStudy<Signals>,
  parts: readonly PartResult[],
): Promise<string> {
  const trials = [
    ...new Map(
      parts.flatMap(({ trials }) => trials)
        .map((
          trial,
        ) => [`${trial.method} ${trial.learningRate} ${trial.updates}`, trial]),
    ).values(),
  ];
  const arms = withTuned(experiment.arms, trials);
  const frame = frameOf({ ...experiment, arms });
  const done = joinRuns(frame, parts.map(({ runs }) => runs));
  const record = report(await complete?.(done) ?? done, {
    ...{ claims, charts },
    tuning: trials.length > 0 ? trials : undefined,
  });
  return await saveExperiment(record, { runs: folderOf(experiment) });
}
