import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import {
  type Checkpoint,
  fingerprintOf,
  readCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
import { addLogs, type LogWindow, readLogs } from "./log_window.ts";
import { type Row } from "./row.ts";
import { describeState, type State } from "./state.ts";

/**
 * One iteration of an algorithm, a pure function of tensors: it reads no value
 * back, and every draw comes from keys in the state (or closed over) and the
 * iteration. It runs inside `tf.tidy`; it may hand on tensors of the old state.
 *
 * @param state The state, which it neither changes nor disposes.
 * @param iteration How many iterations came before, int32 `[]`.
 * @returns The next state, with the same names, and values to log, each `[M]`.
 */
export type Step = (
  state: State,
  iteration: Tensor,
) => { state: State; logs: Record<string, Tensor> };

/** A run. */
export interface TrainOptions {
  /** The state to start with; `train` owns it from here on. */
  state: State;
  /** The algorithm. */
  step: Step;
  /** How many iterations. */
  iterations: number;
  /** Iterations of a log window; a row holds the means over it. */
  logEvery: number;
  /** Measures the state at iteration 0, every `every` iterations and at the end. */
  evaluate?: {
    every: number;
    /** Returns rows; `iteration` is put before them. It disposes nothing of the state. */
    run(state: State, iteration: number): Promise<Row[]>;
  };
  /** Keeps the run on disk every `every` iterations and at the end, and resumes it. */
  checkpoint?: {
    path: string;
    /** A multiple of `logEvery`. */
    every: number;
    /** Plain data that, with the options, decides the outcome: seeds, coefficients, sizes. */
    config: unknown;
  };
  /** Called a few times a second, and at the end; rendering is the caller's. */
  onProgress?(progress: { iteration: number; iterations: number }): void;
}

/** What a run leaves. */
export interface TrainResult {
  /** The final state, which the caller disposes. */
  state: State;
  /** One row a window and member: `{ iteration, member, ...means of the logs }`. */
  logs: Row[];
  /** The rows of `evaluate`, each with its `iteration`. */
  evaluations: Row[];
}

const progressMilliseconds = 100;

/**
 * Trains: applies a step again and again. It knows no algorithm and no model.
 *
 * Inside an iteration nothing is read back; logs are summed on the device and
 * read once a window. With a checkpoint, a run that was killed goes on where it
 * was last written and ends with the same state and rows as an unbroken one; a
 * finished run returns at once. A checkpoint of another run (another `config`,
 * `iterations`, window or shape) is warned of, left out and replaced: give each
 * run its own path where both matter.
 *
 * @param options The run.
 * @returns The final state and the rows.
 * @throws {RangeError} If a count is not a positive integer or
 * `checkpoint.every` is not a multiple of `logEvery`.
 * @throws {TypeError} If the step returns another state's form or bad logs.
 *
 * @example
 * ```ts
 * import { tf, train } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const { state, logs } = await train({
 *   state: { x: tf.tensor1d([8, 16]) },
 *   step: ({ x }) => ({ state: { x: tf.div(x, 2) }, logs: { x } }),
 *   iterations: 2,
 *   logEvery: 2,
 * });
 * assertEquals(await state.x.array(), [2, 4]);
 * assertEquals(logs, [
 *   { iteration: 2, member: 0, x: 6 },
 *   { iteration: 2, member: 1, x: 12 },
 * ]);
 * tf.dispose(state);
 * ```
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { step, iterations, logEvery, evaluate, checkpoint, onProgress } =
    options;
  const run = {
    config: checkpoint?.config,
    iterations,
    logEvery,
    evaluateEvery: evaluate?.every,
  };
  const fingerprint = fingerprintOf(run, options.state);
  const at: Checkpoint = {
    iteration: 0,
    state: options.state,
    logs: [],
    evaluations: [],
  };
  let window: LogWindow = {};

  const measure = async () => {
    const rows = await evaluate!.run(at.state, at.iteration);
    const { iteration } = at;
    at.evaluations.push(...rows.map((row) => ({ iteration, ...row })));
  };

  try {
    assertOptions(options);
    const resumed = checkpoint &&
      await readCheckpoint(checkpoint.path, fingerprint);
    if (resumed) {
      tf.dispose(at.state);
      Object.assign(at, resumed);
    } else if (evaluate) {
      await measure();
    }
    let yielded = performance.now();
    while (at.iteration < iterations) {
      [at.state, window] = advance(step, at.state, window, at.iteration);
      const iteration = ++at.iteration;
      const due = (every: number) =>
        iteration % every === 0 || iteration === iterations;
      if (due(logEvery)) {
        const count = (iteration - 1) % logEvery + 1;
        at.logs.push(...await readLogs(window, { iteration, count }));
        window = {};
      }
      if (evaluate && due(evaluate.every)) await measure();
      if (checkpoint && due(checkpoint.every)) {
        await writeCheckpoint(checkpoint.path, at, fingerprint);
      }
      if (performance.now() - yielded > progressMilliseconds) {
        onProgress?.({ iteration, iterations });
        await nextTask();
        yielded = performance.now();
      }
    }
    onProgress?.({ iteration: iterations, iterations });
  } catch (error) {
    tf.dispose([at.state, window]);
    throw error;
  }
  return { state: at.state, logs: at.logs, evaluations: at.evaluations };
}

/** Does one iteration and disposes what it replaces. */
function advance(
  step: Step,
  state: State,
  window: LogWindow,
  iteration: number,
): [State, LogWindow] {
  const [next, sums] = tf.tidy(() => {
    const result = step(state, tf.scalar(iteration, "int32"));
    assertSameForm(state, result.state);
    return [result.state, addLogs(window, result.logs)] as [State, LogWindow];
  });
  const kept = new Set(Object.values(next));
  tf.dispose(Object.values(state).filter((tensor) => !kept.has(tensor)));
  tf.dispose(window);
  return [next, sums];
}

function assertSameForm(state: State, next: State): void {
  const [expected, got] = [describeState(state), describeState(next)];
  const i = expected.findIndex((entry, i) => entry !== got[i]);
  if (i >= 0 || got.length > expected.length) {
    const at = i >= 0 ? i : expected.length;
    throw new TypeError(
      `Cannot train: expected step to return "${
        expected[at]
      }" as entry ${at} of the state, got "${got[at]}"`,
    );
  }
}

function assertOptions(
  { iterations, logEvery, evaluate, checkpoint }: TrainOptions,
): void {
  assertPositiveInteger("iterations", iterations);
  assertPositiveInteger("logEvery", logEvery);
  if (evaluate) assertPositiveInteger("evaluate.every", evaluate.every);
  if (checkpoint) {
    assertPositiveInteger("checkpoint.every", checkpoint.every);
    if (checkpoint.every % logEvery !== 0) {
      throw new RangeError(
        `Expected checkpoint.every to be a multiple of logEvery ${logEvery}, got ${checkpoint.every}`,
      );
    }
  }
}

/** Lets timers, messages and the display run. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
