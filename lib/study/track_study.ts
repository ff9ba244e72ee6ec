import { join } from "node:path";
import { dataDir, runsDir } from "../data/files.ts";
import { type Experiment, type Run } from "../experiments/experiment.ts";
import { run, type RunOptions, type Trained } from "../experiments/run.ts";
import { type Claim } from "../results/claims.ts";
import { report, type ReportOptions } from "../results/report.ts";
import { saveExperiment } from "../results/save_experiment.ts";
import { tune, type TuneOptions } from "./tune.ts";

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
 * Runs the study of a track: tunes its methods on seeds of exploration, if it says how,
 * runs it, judges it and writes it. At scale `full` it is kept in `data/results`,
 * `data/figures` and `data/models`; else it is under the scale's folder of runs. It goes
 * on where it stopped.
 *
 * @param study The study; the tensors of its tasks stay.
 * @param options Who is told as it goes.
 * @returns The folder of its results.
 */
export async function runTrackStudy<Signals>(
  { experiment, tuning, claims, charts, complete, keep }: TrackStudy<Signals>,
  { onProgress }: Pick<RunOptions, "onProgress"> = {},
): Promise<string> {
  const { name, scale } = experiment;
  const folder = scale === "full" ? dataDir : runsDir(scale);
  const { tasks, arms } = experiment;
  const tuned = tuning && await tune({
    ...experiment,
    tasks: tasks.slice(0, 1),
    arms: arms.map(({ on: _, ...arm }) => arm),
  }, {
    ...{ ...tuning, onProgress },
    kept: join(folder, "results", name, "tuning.csv"),
  });
  const done = await run({
    ...experiment,
    arms: arms.map((arm, i) => ({
      ...arm,
      ...tuned && { tuned: tuned.arms[i].tuned },
    })),
  }, {
    onProgress,
    onTrained: (trained) => keep?.(trained, join(folder, "models", name)),
  });
  const whole = await complete?.(done) ?? done;
  const record = report(whole, {
    ...{ claims, charts },
    tuning: tuned?.trials,
  });
  return await saveExperiment(record, { runs: folder });
}
