import { regularised } from "../losses/regularised.ts";
import { type Params } from "../models/params.ts";
import { type Sample, type Tensors } from "../policies/policy.ts";
import { type Tensor } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";

/** How a method is told from the others in every figure: by colour, dash and mark at once. */
export interface Look {
  /** Such as `"#0072B2"`. */
  readonly color: string;
  /** The dash of its lines. */
  readonly dash: "solid" | "dash" | "dot" | "dashdot" | "longdash";
  /** The mark of its points, by plotly's name. */
  readonly symbol: string;
}

/**
 * What a method makes of the rewards of an iteration: the parts of its loss,
 *
 *     objective + beta * divergence,
 *
 * which is the post's L_RL + beta L_D, for flows and for language models alike.
 */
export interface Terms<Signals> {
  /** L_RL of each event, `[M, C, K]`, or of each token, `[M, C, K, T]`. */
  objective(signals: Signals): Tensor;
  /** L_D, of the shape of the objective; left out by a method that has none. */
  divergence?(signals: Signals): Tensor;
  /** The coefficient of each sample, `[M, C, K]`, or of each member, `[M, 1, 1]`. */
  beta: Tensor;
}

/** What a method pulls to in place of the reference: see {@linkcode anchored}. */
export interface Anchor {
  /** What a method's name says of it. */
  readonly name: string;
  /**
   * Moves it, once an iteration is over. It starts where training starts.
   *
   * @param anchor Its parameters, `[M, ...]`.
   * @param params The policy's, after the iteration.
   * @param iteration How many iterations are over, int32 `[]`.
   */
  next(anchor: Params, params: Params, iteration: Tensor): Params;
}

/** What a method is told once an iteration is over. */
export interface Told {
  /** Each member's coefficient, `[M, 1, 1]`. */
  coefficient: Tensor;
  /** Rewards by prompt, `[M, C, K]`. */
  rewards: Tensor;
  /** How far each answer is from the reference, `[M, C, K]`, if the policy says so. */
  divergence?: Tensor;
}

/**
 * A method of fine-tuning. It is a plain value: its loss is in `terms`, and all else
 * is there for those few methods that need it. What `terms` computes outside of
 * `objective` and `divergence` gets no gradient.
 *
 * @typeParam Signals What the losses compare: see {@linkcode Policy}.
 */
export interface Method<Signals> {
  /** Its name in tables and legends. */
  readonly name: string;
  /** The coefficient that is swept: `"beta"`, `"beta0"`, `"target"`, `"weight"`. */
  readonly coefficient: string;
  /** Its look in every figure; one that no other method has, if it is left out. */
  readonly look?: Look;
  /** Whether a coefficient of 0 makes no sense. */
  readonly positive?: boolean;
  /** Whether it learns from answers of the reference in place of its own. */
  readonly offPolicy?: boolean;
  /** Whether its loss compares with the policy that drew the answers: a flow's `vOld`. */
  readonly comparesOld?: boolean;
  /** What it pulls to; the reference, which never moves, when left out. */
  readonly anchor?: Anchor;
  /**
   * What it remembers at first, each `[M, ...]`.
   *
   * @param startRewards The expected reward of each prompt at the start, `[C]`.
   * @param contexts How many prompts there are, C.
   */
  start?(
    coefficient: Tensor,
    startRewards?: Tensor,
    contexts?: number,
  ): Tensors;
  /**
   * The loss of the next updates, from rewards `[M, C, K]`, and from the `answers`
   * themselves, `[M, N, ...]`, for a method that looks at them.
   */
  terms(
    coefficient: Tensor,
    rewards: Tensor,
    memory: Tensors,
    sample?: Pick<Sample, "answers">,
  ): Terms<Signals>;
  /** What it remembers from here on. */
  remember?(told: Told, memory: Tensors): Tensors;
}

/** The losses of a modality, from which methods are made. */
export interface Family<Signals> {
  /** What a method's name says of it, such as `"FM"`. */
  readonly name: string;
  /** What else it says, such as `"exact KL"`. */
  readonly variant?: string;
  /** Advantages `[M, C, K]` from rewards of the same shape. */
  advantages(rewards: Tensor): Tensor;
  /**
   * The reinforcement loss, L_RL.
   *
   * @param advantages As they are.
   * @param clipped The same after the method's clip, which some modalities need in
   * both terms.
   */
  objective(advantages: Tensor, clipped: Tensor): (signals: Signals) => Tensor;
  /**
   * The loss of fitting samples by weights `[M, C, K]`, of 0 or more; one below 0 pushes
   * a sample away.
   */
  fit(weights: Tensor): (signals: Signals) => Tensor;
  /** The divergence, L_D. */
  divergence(signals: Signals): Tensor;
}

/**
 * The loss of a method: `objective + beta * divergence`.
 *
 * @param terms The method's terms.
 * @param signals What the policy says of the samples.
 * @returns `[M, C, K]` or `[M, C, K, T]`, unreduced.
 */
export function lossOf<Signals>(
  { objective, divergence, beta }: Terms<Signals>,
  signals: Signals,
): Tensor {
  const loss = objective(signals);
  if (!divergence) return loss;
  return regularised({
    objective: loss,
    beta,
    divergence: divergence(signals),
  });
}

/** A method's name: its parts, less those that are left out. */
export function nameOf(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part).join(", ");
}

/** The look of the same method with another divergence: an open mark. */
export function lookOf(
  { variant }: { variant?: string },
  look: Look | undefined,
): Look | undefined {
  return look && variant
    ? { ...look, dash: "dot", symbol: `${look.symbol}-open` }
    : look;
}

/** What of the budget a method has of its own, where each is tuned by one rule. */
export interface Tuned {
  /** Adam's learning rate. */
  readonly learningRate?: number;
  /** Gradient steps on the answers of an iteration. */
  readonly updates?: number;
}

/** A method and the grid of its coefficient: one sweep. */
export interface Arm<Signals> {
  readonly method: Method<Signals>;
  /** The values of the coefficient. */
  readonly grid: readonly number[];
  /** The names of the tasks it runs on; all of them when left out. */
  readonly on?: readonly string[];
  /** What it has in place of the experiment's budget; nothing when left out. */
  readonly tuned?: Tuned;
}

/**
 * Makes a sweep of a method.
 *
 * @param method The method.
 * @param grid The values of its coefficient.
 * @param options.on The names of the tasks to run it on; all when left out.
 * @param options.tuned Its own learning rate and updates, in place of the budget's.
 * @returns The arm.
 *
 * @example
 * ```ts
 * import { adrpo, arm, flow } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const sweep = arm(adrpo(flow), [0.1, 0.2, 0.4]);
 * assertEquals(sweep.method.name, "ADRPO-FM");
 * ```
 */
export function arm<Signals>(
  method: Method<Signals>,
  grid: readonly number[],
  options: { on?: readonly string[]; tuned?: Tuned } = {},
): Arm<Signals> {
  assertKnown("the options of arm", options, ["on", "tuned"]);
  return { method, grid, ...options };
}
