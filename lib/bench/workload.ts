import { compile, type CompileOptions, loop } from "../compile/mod.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { useShippedKernels } from "../tf/native_kernels.ts";
import { type State } from "../train/state.ts";
import { type Step } from "../train/train_options.ts";

/** The work as we do it. */
export interface Workload {
  /** What the step starts with; for a sampler, its parameters. */
  state: State;
  /** One piece of the work; its logs hold what it computes. */
  step: Step;
  /** The same with a loop in the graph, and how many pieces it then does. */
  looped?: { step: Step; pieces: number };
  /** What others need to repeat the work exactly. */
  repeat: {
    params: Record<string, Tensor>;
    /** The random numbers of an iteration. */
    draws(iteration: number): Record<string, Tensor>;
  };
  /** Picks of the logs what is compared, such as the loss. */
  values(logs: Record<string, Tensor>): Tensor;
}

/** A way of ours to run it. */
export type Way =
  | "tfjs"
  | "eager"
  | "graph"
  | "loop"
  | "xla"
  | "xlaLoop"
  | "bf16";

/** Work that is set up: each call does it. */
export interface Running {
  /** Pieces of the work that a call does. */
  readonly pieces: number;
  /** Does the work of an iteration and returns its logs, which the caller disposes. */
  call(iteration: number): Record<string, Tensor>;
  /** Frees what it holds. */
  dispose(): void;
}

const optionsOf: Record<Way, CompileOptions> = {
  tfjs: { eager: true },
  eager: { eager: true },
  graph: {},
  loop: {},
  xla: { xla: true },
  xlaLoop: { xla: true },
  bf16: {}, // The environment asks for it.
};

const looping: readonly Way[] = ["loop", "xlaLoop"];

/**
 * Sets work up to be run one way. Nothing is traced before the first call. The way
 * `tfjs` is eager on the kernels that TensorFlow.js ships, in this process from then
 * on.
 *
 * @param workload The work; its state is copied.
 * @param way How to run it.
 * @throws {RangeError} If it is to run with a loop and has none.
 */
export function start(workload: Workload, way: Way): Running {
  if (way === "tfjs") useShippedKernels(tf);
  const { step, pieces } = looping.includes(way)
    ? loopOf(workload)
    : { step: workload.step, pieces: 1 };
  const compiled = compile(step, { ...optionsOf[way], resident: true });
  compiled.push(workload.state);
  return {
    pieces,
    call: (iteration) =>
      tf.tidy(() => compiled(tf.scalar(iteration, "int32")).logs),
    dispose: () => compiled.dispose(),
  };
}

/**
 * The steps of consecutive iterations as one step; it logs the last.
 *
 * @param pieces How many steps.
 * @param step A step whose logs keep their shapes.
 */
export function consecutive(pieces: number, step: Step): Step {
  return (state, iteration) => {
    const next = tf.add(iteration, tf.scalar(1, "int32"));
    return loop(
      pieces - 1,
      step(state, iteration),
      ({ state }, i) => step(state, tf.add(next, i)),
    );
  };
}

function loopOf({ looped }: Workload) {
  if (!looped) throw new RangeError("This work has no loop");
  return looped;
}
