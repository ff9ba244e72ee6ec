import { contextIds } from "../data/context_ids.ts";
import { type Reward } from "../rewards/reward.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { initAdam } from "../train/adam.ts";
import { joinState, type State } from "../train/state.ts";
import { drawAnswers, learn, type Online, writersOf } from "./iteration.ts";

/**
 * The state that a population starts with: its parameters, Adam's memory, what the
 * method remembers, the anchor if the method has one, and alive.
 *
 * @param online The policy, the method and the coefficients.
 * @param startRewards The expected reward of each prompt at the start, `[C]`, for
 * methods that ask for it.
 * @returns A fresh state, which its taker (`train`) disposes.
 */
export function initOnline<Signals>(
  { policy, method, coefficient }: Online<Signals>,
  startRewards?: Tensor,
): State {
  return tf.tidy(() => {
    const members = coefficient.shape[0];
    const params = policy.init(members);
    return joinState({
      params,
      adam: initAdam(params),
      memory: method.start?.(coefficient, startRewards, policy.contexts) ??
        {},
      reference: method.anchor ? policy.init(members) : {},
      alive: tf.ones([members], "int32"),
    });
  });
}

/**
 * One iteration of online fine-tuning, for every policy and every method:
 *
 * 1. draw K answers to each prompt from the *current* policy (or from the reference,
 *    for a method that learns off policy);
 * 2. reward them;
 * 3. `updates` times, take a step of Adam on the method's loss,
 *    `objective + beta * divergence`, averaged over all that counts.
 *
 * Tensors end to end: every draw comes from a seed and the iteration. Members of
 * different settings and one seed share their draws. The losses of members are
 * independent; a diverged member is frozen.
 *
 * Sources: Shao et al. (2024, arXiv 2402.03300), algorithm 1; Fan et al. (2025, arXiv
 * 2502.06061), the online loop.
 *
 * @param online What it is made of.
 * @param reward The reward of the answers, `(answers, c) => [M, N]`.
 * @returns The step for `train`. It logs, each `[M]`: the mean `reward` of the
 * answers; `betaMean`, the mean of the method's coefficient, and `betaNegative`, the
 * share of samples where it is negative; the `loss` and the gradient's norm
 * `gradNorm` of the last update; `gradAgreement`, how much the iteration's gradients
 * agree with those before (see {@linkcode gradientAgreement}); whether the member is
 * `alive`; and, if the policy knows how far its answers are from the reference, `kl`, the
 * mean of that, and `covariance`, the mean within prompts of (r - mean r) times it.
 *
 * @example
 * ```ts
 * import {
 *   adrpo,
 *   flow,
 *   flowPolicy,
 *   initOnline,
 *   keys,
 *   mlpVelocity,
 *   onlineStep,
 *   type Tensor,
 *   tf,
 *   train,
 * } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = mlpVelocity({ dim: 2, contexts: 1, width: 8, depth: 2 });
 * const reference = model.init(keys([0]));
 * const online = {
 *   policy: flowPolicy({ model, reference }, { sampleSteps: 4 }),
 *   method: adrpo(flow),
 *   coefficient: tf.fill([3, 1, 1], 0.5), // one setting of three seeds
 *   seeds: [0, 1, 2],
 *   budget: {
 *     perContext: 8,
 *     updates: 2,
 *     learningRate: 1e-2,
 *     clipNorm: 1,
 *     divergedAbove: 1e6,
 *   },
 * };
 * const nearOrigin = (x1: Tensor) => tf.exp(tf.neg(tf.sum(tf.square(x1), -1)));
 * const { state, logs } = await train({
 *   state: initOnline(online),
 *   step: onlineStep(online, nearOrigin),
 *   iterations: 2,
 *   logEvery: 2,
 * });
 * assertEquals(logs.map(({ member }) => member), [0, 1, 2]);
 * tf.dispose([state, online.coefficient, reference]);
 * ```
 */
export function onlineStep<Signals>(
  online: Online<Signals>,
  reward: Reward,
): (state: State, iteration: Tensor) => {
  state: State;
  logs: Record<string, Tensor>;
} {
  return (state, iteration) => {
    const sample = drawAnswers(online, writersOf(state), iteration);
    const c = contextIds(online.policy.contexts, online.budget.perContext);
    const rewards = reward(sample.answers, c); // [M, N]
    return learn(online, state, { iteration, sample, rewards });
  };
}
