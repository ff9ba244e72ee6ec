import { type Forecast } from "../policies/policy.ts";
import { type Run } from "./experiment.ts";

/** How far a run is, as its observers are told. */
export interface RunProgress {
  /**
   * The run so far: the rows of populations that are done, and of the one that trains;
   * after a resume those of its checkpoint, too. From call to call rows are added at the
   * end; those of iteration 0 get columns of logs, all `NaN`, when there are logs.
   */
  readonly run: Run;
  /** The population that trains, by task and method; at first the experiment's name. */
  readonly running: string;
  /** Iterations that are done, of all populations. */
  readonly done: number;
  /** How many there will be. */
  readonly total: number;
  /** What this process did of it; what was read back is not in it. */
  readonly here: Work;
  /** What all its iterations were forecast to take, where its policies know. */
  readonly forecast?: Forecast;
}

/** What a process did of a run. */
export interface Work {
  /** Iterations of training. */
  iterations: number;
  /** Answers that were drawn in them. */
  answers: number;
  /** Tokens of those answers, where a host rewards tokens; else 0. */
  tokens: number;
  /** Seconds since the start of the run, all that it does counted. */
  seconds: number;
}

/**
 * Watches a run. It is called before anything is trained, where an error stops the run;
 * then a few times a second, and after each evaluation, when its checkpoint is written.
 * The run waits for it. Where it fails later, a line says so and it is called no more;
 * the run goes on.
 *
 * @example
 * ```ts
 * import { type Observer } from "kit";
 *
 * const tellHowFar: Observer = ({ running, done, total }) =>
 *   console.log(`${running}: ${done} of ${total}`);
 * ```
 */
export type Observer = (progress: RunProgress) => unknown;

/** How far the population that trains is. */
export interface PopulationProgress {
  name: string;
  /** Iterations that are done of it. */
  iteration: number;
  /** Answers that an iteration draws. */
  answers: number;
  /** Its rows so far. */
  own: Pick<Run, "rows" | "shown">;
}

/** Tells of a population, and counts what this process does of it. */
export interface PopulationWatch {
  onProgress(at: PopulationProgress): Promise<void>;
  onTokens(count: number): void;
}

/**
 * Tells the observers of a run how far it is.
 *
 * @param run The run; its rows are those of the populations that are done.
 * @param ahead Iterations of all populations, and what they are forecast to take.
 * @param observers Who is told.
 * @returns `start`, to be called before anything is trained, and `population`, which
 * watches the one that begins when `before` iterations of others are done.
 */
export function watchRun(
  run: Run,
  { total, forecast }: Pick<RunProgress, "total" | "forecast">,
  observers: readonly Observer[],
) {
  const tell = tellAll(observers);
  const began = performance.now();
  const work = { iterations: 0, answers: 0, tokens: 0 };
  const report = (
    running: string,
    done: number,
    { rows, shown }: PopulationProgress["own"],
  ) =>
    tell({
      run: {
        ...run,
        rows: [...run.rows, ...rows],
        shown: [...run.shown, ...shown],
      },
      ...{ running, done, total, forecast },
      here: { ...work, seconds: (performance.now() - began) / 1000 },
    });
  return {
    start: () => report(run.experiment, 0, run),
    population(before: number): PopulationWatch {
      let known: number | undefined;
      return {
        onTokens: (count) => void (work.tokens += count),
        onProgress({ name, iteration, answers, own }) {
          const more = iteration - (known ?? iteration);
          known = iteration;
          work.iterations += more;
          work.answers += more * answers;
          return report(name, before + iteration, own);
        },
      };
    },
  };
}

/** Calls observers in turn, and leaves out those that fail after the first call. */
function tellAll(
  observers: readonly Observer[],
): (progress: RunProgress) => Promise<void> {
  const told = new Set(observers);
  let begun = false;
  return async (progress) => {
    for (const observer of told) {
      try {
        await observer(progress);
      } catch (error) {
        if (!begun) throw error;
        told.delete(observer);
        console.error(
          "An observer failed and is called no more; the run goes on.",
          error,
        );
      }
    }
    begun = true;
  };
}
