import { type Tensor, tf } from "../tf/backend.ts";
import { unlessStopped } from "../tf/stops.ts";
import { compile } from "../compile/mod.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import {
  fingerprintOf,
  readCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
import { addLogs, type LogWindow, readLogs } from "./log_window.ts";
import { type Row } from "./row.ts";
import { describeState, type State } from "./state.ts";
import {
  type Step,
  type TrainOptions,
  type TrainResult,
} from "./train_options.ts";

const progressMilliseconds = 100;

/**
 * Trains: applies a step again and again. It knows no algorithm and no model.
 *
 * On native TensorFlow the step is compiled to a graph whose state is resident in
 * the session (see {@linkcode compile}); elsewhere, or with `eager`, it runs op by
 * op, with the same results up to rounding. Inside of an iteration nothing is read back;
 * logs are summed on the device and read once a window. With a checkpoint, a run that was killed goes on where it
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
export function train(options: TrainOptions): Promise<TrainResult> {
  return unlessStopped(() => trainToEnd(options));
}

async function trainToEnd(options: TrainOptions): Promise<TrainResult> {
  const {
    step,
    iterations,
    logEvery,
    given,
    evaluate,
    show,
    checkpoint,
    eager,
    xla,
    onProgress,
  } = options;
  const run = {
    config: checkpoint?.config,
    iterations,
    logEvery,
    evaluateEvery: evaluate?.every,
    showEvery: show?.every,
  };
  const fingerprint = fingerprintOf(run, options.state);
  const compiled = compile(
    (state: State, iteration: Tensor, given: Record<string, Tensor>) => {
      const result = step(state, iteration, given);
      assertSameForm(state, result.state);
      return result;
    },
    { resident: true, eager, xla },
  );
  const at = {
    iteration: 0,
    logs: [] as Row[],
    evaluations: [] as Row[],
    shown: [] as Row[],
  };
  let window: LogWindow = {};
  let resumedAt = 0;

  const collect = async (
    rows: Row[],
    from: Required<TrainOptions>["evaluate"],
    state: State,
  ) => {
    const { iteration } = at;
    const found = await from.run(state, iteration);
    rows.push(...found.map((row) => ({ iteration, ...row })));
  };

  try {
    assertOptions(options);
    const resumed = checkpoint &&
      await readCheckpoint(checkpoint.path, fingerprint);
    const { state = options.state, ...progress } = resumed ?? {};
    Object.assign(at, progress);
    resumedAt = at.iteration;
    compiled.push(state);
    if (evaluate && !resumed) await collect(at.evaluations, evaluate, state);
    if (show && !resumed) await collect(at.shown, show, state);
    if (resumed) tf.dispose(resumed.state);
    const tell = () => onProgress?.({ ...at, iterations });
    await tell();
    let yielded = performance.now();
    while (at.iteration < iterations) {
      const made = given
        ? await fromOutside(given, compiled, at.iteration)
        : {};
      window = advance(compiled, window, at.iteration, made);
      tf.dispose(made);
      const iteration = ++at.iteration;
      const due = (every: number | undefined) =>
        every !== undefined &&
        (iteration % every === 0 || iteration === iterations);
      if (due(logEvery)) {
        const count = (iteration - 1) % logEvery + 1;
        at.logs.push(...await readLogs(window, { iteration, count }));
        window = {};
      }
      const measured = [evaluate, show, checkpoint]
        .some((part) => due(part?.every));
      if (measured) {
        const state = compiled.pull();
        try {
          if (due(evaluate?.every)) {
            await collect(at.evaluations, evaluate!, state);
          }
          if (due(show?.every)) await collect(at.shown, show!, state);
          if (due(checkpoint?.every)) {
            const { path } = checkpoint!;
            await writeCheckpoint(path, { ...at, state }, fingerprint);
          }
        } finally {
          tf.dispose(state);
        }
      }
      if (measured || performance.now() - yielded > progressMilliseconds) {
        await tell();
        await nextTask();
        yielded = performance.now();
      }
    }
    await tell();
    return {
      state: compiled.pull(),
      logs: at.logs,
      evaluations: at.evaluations,
      shown: at.shown,
      resumedAt,
    };
  } finally {
    tf.dispose([options.state, window]);
    compiled.dispose();
  }
}

/** What an iteration needs from outside of the graph. */
async function fromOutside(
  given: Required<TrainOptions>["given"],
  { pull }: { pull(): State },
  iteration: number,
): Promise<Record<string, Tensor>> {
  const state = pull();
  try {
    return await given(state, iteration);
  } finally {
    tf.dispose(state);
  }
}

/** Does one iteration and adds its logs to the window's sums. */
function advance(
  compiled: (
    iteration: Tensor,
    given: Record<string, Tensor>,
  ) => Omit<ReturnType<Step>, "state">,
  window: LogWindow,
  iteration: number,
  given: Record<string, Tensor>,
): LogWindow {
  const sums = tf.tidy(() => {
    const { logs } = compiled(tf.scalar(iteration, "int32"), given);
    return addLogs(window, logs);
  });
  tf.dispose(window);
  return sums;
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
  { iterations, logEvery, evaluate, show, checkpoint }: TrainOptions,
): void {
  assertPositiveInteger("iterations", iterations);
  assertPositiveInteger("logEvery", logEvery);
  if (evaluate) assertPositiveInteger("evaluate.every", evaluate.every);
  if (show) assertPositiveInteger("show.every", show.every);
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
