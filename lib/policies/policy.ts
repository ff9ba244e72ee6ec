import { type Params } from "../models/params.ts";
import { type Tensor, tf } from "../tf/backend.ts";

/** Tensors by name. */
export type Tensors = Record<string, Tensor>;

/** Answers to prompts, K to each of C prompts, N = C K in all, by M members. */
export type Sample = Tensors & {
  /** The answers themselves, `[M, N, ...]`: what a reward is given. */
  answers: Tensor;
};

/** How answers are drawn. */
export interface Draw {
  /** Random keys of the S seeds, `[S, 2]`; member i takes row `i mod S`. */
  keys: Tensor;
  /** Answers to each prompt, K. */
  perContext: number;
  /** What the answers are compared with, `[M, ...]`; the reference when left out. */
  reference?: Params;
}

/** Other policies that an update compares with, each of M members. */
export interface Compared {
  /** In place of the reference, if the method moves it. */
  reference?: Params;
  /** The policy that drew the answers, if the method asks for it. */
  old?: Params;
}

/** What an iteration is made of. */
export interface Iteration {
  /** Members of the population, M. */
  members: number;
  /** Answers to each prompt, K. */
  perContext: number;
  /** Gradient steps on the answers. */
  updates: number;
}

/** What work is forecast to take. */
export interface Forecast {
  /** The most bytes that its tensors hold at once. */
  bytes: number;
  /** Its time, without what compiling takes. */
  seconds: number;
}

/**
 * What a generative model is to reinforcement, and the only place where modalities
 * differ. A member is one set of trainable parameters; what is frozen (the
 * reference, a large base model) has no member axis and is held once.
 *
 * @typeParam Signals What a loss compares: velocities of a flow, log-probabilities
 * of tokens.
 */
export interface Policy<Signals> {
  /** How many prompts an iteration asks, C. */
  readonly contexts: number;
  /** Where training starts: fresh parameters of M members, each `[M, ...]`. */
  init(members: number): Params;
  /** The reference as M members, for a method that learns from its samples. */
  reference(members: number): Params;
  /** Draws answers, and all of them that no update changes. */
  draw(params: Params, draw: Draw): Sample;
  /**
   * What an update needs beside the sample and outside of the gradient, such as noise
   * and the reference's velocity there. `keys` `[S, 2]` are fresh at each update.
   */
  anchor?(sample: Sample, keys: Tensor, compared?: Compared): Tensors;
  /** What the losses compare, by prompt, `[M, C, K, ...]`; inside of the gradient. */
  signals(params: Params, sample: Sample, anchor: Tensors): Signals;
  /** The mean of losses `[M, C, ...]` over all that counts, `[M]`. */
  reduce(losses: Tensor, sample: Sample): Tensor;
  /**
   * How far each answer is from the reference, `[M, C, K]`, where the sample tells it:
   * `log p - log pRef` of a completion, in nats. It is the reference that the method
   * pulls to, wherever that has moved.
   */
  divergence?(sample: Sample): Tensor;
  /** Forecasts what an iteration takes, where that is known before the first. */
  forecast?(iteration: Iteration): Promise<Forecast>;
}

/**
 * Gives every member the draws of its seed: members are ordered by setting, then by
 * seed, so that all settings of a sweep see the same draws.
 *
 * @param draws `[S, ...]`, one row a seed.
 * @param members M, a multiple of S.
 * @returns `[M, ...]`, which the caller disposes.
 */
export function shareDraws(draws: Tensor, members: number): Tensor {
  const [seeds, ...rest] = draws.shape;
  return tf.tile(draws, [members / seeds, ...rest.map(() => 1)]);
}

/** The mean over all axes but the first, `[M]`. */
export function memberMean(losses: Tensor): Tensor {
  return tf.mean(tf.reshape(losses, [losses.shape[0], -1]), 1);
}
