import { loop } from "../compile/mod.ts";
import { contextIds } from "../data/context_ids.ts";
import { splitContexts } from "../metrics/split_contexts.ts";
import { type Params, repeatParams } from "../models/params.ts";
import { type VelocityModel } from "../models/velocity_model.ts";
import { rectifiedFlow } from "../paths/rectified_flow.ts";
import { type Reward } from "../rewards/reward.ts";
import { euler } from "../samplers/euler.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../tf/random.ts";
import { adamUpdate, initAdam } from "../train/adam.ts";
import { freezeDiverged } from "../train/freeze.ts";
import { joinState, type State, stateGroup } from "../train/state.ts";
import { type Step } from "../train/train.ts";
import { valueAndGrads } from "../train/value_and_grads.ts";
import { type FlowVelocities } from "../losses/regularised.ts";
import { type Method } from "./methods.ts";
import { shareDraws } from "./sweep.ts";

/** A pretrained flow that is fine-tuned, and that anchors the fine-tuning. */
export interface FlowPolicy {
  /** The velocity model. */
  model: VelocityModel;
  /** Its pretrained parameters, of one member; frozen. */
  reference: Params;
}

/** What an online iteration takes, the same for every method that is compared. */
export interface OnlineBudget {
  /** Samples of each context (prompt) in an iteration, K. */
  perContext: number;
  /** Euler steps of the sampler. */
  sampleSteps: number;
  /** Gradient steps on the samples of an iteration. */
  updates: number;
  /** Adam's learning rate. */
  learningRate: number;
  /** Largest global norm of a member's gradient. */
  clipNorm: number;
  /** A member whose loss or gradient norm passes this is marked diverged and frozen. */
  divergedAbove: number;
}

/** How long a run is, on top of what an iteration takes. */
export interface RunBudget extends OnlineBudget {
  /** Online iterations. */
  iterations: number;
  /** Iterations between two evaluations. */
  evaluateEvery: number;
}

/**
 * The state that every member of a population starts with: the pretrained
 * parameters, Adam's memory, and alive.
 *
 * @param reference Pretrained parameters of one member; copied.
 * @param members The size of the population.
 * @returns A fresh state, which its taker (`train`) disposes.
 */
export function initOnline(reference: Params, members: number): State {
  const params = repeatParams(reference, members);
  return joinState({
    params,
    adam: initAdam(params),
    alive: tf.ones([members], "int32"),
  });
}

/**
 * Makes one iteration of online fine-tuning of a flow:
 *
 * 1. sample `x1` from the *current* policy (Euler, from noise of each seed);
 * 2. reward the samples, `r(x1, c)`, and hand them to the method by prompt;
 * 3. `updates` times: draw noise and times, place the samples on their paths,
 *    and take a gradient step on the method's loss, averaged over the samples.
 *
 * Tensors end to end: every draw comes from a seed and the iteration. Members of
 * different settings and one seed share their draws. The losses of the members are
 * independent; a diverged member is frozen.
 *
 * Source: the online loop of Fan et al. 2025 (arXiv 2502.06061); a method supplies
 * step 3's loss.
 *
 * @param policy The flow.
 * @param options The `reward`, the `method`, how many `settings` the population
 * has with each of the `seeds`, and the `budget`.
 * @returns The step for `train`. It logs, each `[M]`: the mean `reward` of the
 * samples, the `loss`, the gradient's norm and whether the member is `alive`.
 */
export function onlineFlowStep(
  { model, reference }: FlowPolicy,
  { reward, method, settings, seeds, budget }: {
    reward: Reward;
    method: Method;
    settings: number;
    seeds: readonly number[];
    budget: OnlineBudget;
  },
): Step {
  const { contexts, dim } = model;
  const { perContext, sampleSteps, updates, learningRate, clipNorm } = budget;
  const samples = contexts * perContext;
  const members = settings * seeds.length;
  const byContext = [members, contexts, perContext];

  return (before, iteration) => {
    const c = contextIds(contexts, perContext);
    const iterationKeys = foldIn(keys(seeds), iteration);
    const noise = (purpose: Tensor) =>
      shareDraws(normal(purpose, [samples, dim]), settings);

    const current = stateGroup(before, "params");
    const x1 = euler(
      (xt, t) => model.velocity(current, xt, t, c),
      noise(foldIn(iterationKeys, 0)),
      { steps: sampleSteps },
    );
    const rewards = reward(x1, c); // [M, N]
    const surrogate = method(tf.reshape(rewards, byContext));

    const unknown = tf.zeros([members]) as Tensor;
    const start = { state: before, loss: unknown, gradNorm: unknown };
    const { state, loss, gradNorm } = loop(
      updates,
      start,
      ({ state }, update) => {
        const purpose = tf.add(update, tf.scalar(1, "int32"));
        const updateKeys = foldIn(iterationKeys, purpose);
        const times = uniform(foldIn(updateKeys, 0), [samples]);
        const t = shareDraws(times, settings);
        const x0 = noise(foldIn(updateKeys, 1));
        const { xt, ut } = rectifiedFlow({ x0, x1, t });
        const vRef = frozenVelocity(model, reference, { xt, t, c });

        const params = stateGroup(state, "params");
        const { losses, grads } = valueAndGrads(params, (params) => {
          const vt = model.velocity(params, xt, t, c);
          const grouped = byPrompt({ vt, ut, vRef }, contexts);
          return tf.mean(surrogate(grouped), [1, 2]);
        });
        const { gradNorm, ...next } = adamUpdate(
          { params, grads, adam: stateGroup(state, "adam") },
          { learningRate, clipNorm },
        );
        const survivors = freezeDiverged(
          {
            previous: state,
            next: joinState({ ...next, alive: state.alive }),
          },
          [losses, gradNorm],
          { limit: budget.divergedAbove },
        );
        return { state: survivors, loss: losses, gradNorm };
      },
    );
    const { alive } = state;
    const logs = { reward: tf.mean(rewards, 1), loss, gradNorm, alive };
    return { state, logs };
  };
}

/**
 * The velocity of a one-member model at the points of a whole population, as one
 * product.
 *
 * @param params Parameters of one member.
 * @param points `xt` `[M, N, D]`, `t` `[M, N]`, `c` int32 `[N]`.
 * @returns `[M, N, D]`, which the caller disposes.
 */
export function frozenVelocity(
  model: VelocityModel,
  params: Params,
  { xt, t, c }: { xt: Tensor; t: Tensor; c: Tensor },
): Tensor {
  return tf.tidy(() => {
    const [members] = xt.shape;
    const vt = model.velocity(
      params,
      tf.reshape(xt, [1, -1, model.dim]),
      tf.reshape(t, [1, -1]),
      tf.tile(c, [members]),
    );
    return tf.reshape(vt, xt.shape);
  });
}

/** Parts velocities `[M, N, D]` by prompt, `[M, C, K, D]`. */
export function byPrompt(
  { vt, ut, vRef }: FlowVelocities,
  contexts: number,
): FlowVelocities {
  return {
    vt: splitContexts(vt, contexts),
    ut: splitContexts(ut, contexts),
    vRef: splitContexts(vRef, contexts),
  };
}
