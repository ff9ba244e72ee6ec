import { type Tensor } from "../tf/backend.ts";
import { type Row } from "./row.ts";
import { type State } from "./state.ts";

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
  /** The algorithm: a {@linkcode Step}, which may take what `given` made besides. */
  step(
    state: State,
    iteration: Tensor,
    given: Record<string, Tensor>,
  ): ReturnType<Step>;
  /**
   * Makes what an iteration needs from outside of the graph, such as rewards of a
   * judge: fresh tensors, of the same names and shapes each time. The state is the one
   * before the iteration; it stays.
   */
  given?(state: State, iteration: number): Promise<Record<string, Tensor>>;
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
  /** Rows to show, such as samples, as `evaluate` has them; kept apart. */
  show?: {
    every: number;
    /** Returns rows; `iteration` is put before them. */
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
  /** Run the step op by op, such as to debug it; left out, it is compiled. */
  eager?: boolean;
  /** Compile the step by XLA; see {@linkcode compile}. */
  xla?: boolean;
  /**
   * Called before the first iteration, a few times a second, after each measurement,
   * when its checkpoint is written, and at the end; rendering is the caller's.
   */
  onProgress?(progress: TrainProgress): unknown;
}

/** How far a run is, with its rows so far. */
export interface TrainProgress extends TrainRows {
  /** Iterations done. */
  iteration: number;
  /** How many there will be. */
  iterations: number;
}

/** The rows of a run. */
export interface TrainRows {
  /** One row a window and member: `{ iteration, member, ...means of the logs }`. */
  logs: Row[];
  /** The rows of `evaluate`, each with its `iteration`. */
  evaluations: Row[];
  /** The rows of `show`, each with its `iteration`. */
  shown: Row[];
}

/** What a run leaves. */
export interface TrainResult extends TrainRows {
  /** The final state, which the caller disposes. */
  state: State;
  /** The iteration that a checkpoint was read back at; 0 without one. */
  resumedAt: number;
}
