import { adrpo } from "../methods/adrpo.ts";
import { exactTokens, flow } from "../methods/families.ts";
import { initOnline, onlineStep } from "../methods/online.ts";
import { type Online } from "../methods/iteration.ts";
import { type Params } from "../models/params.ts";
import { type Flow, flowPolicy } from "../policies/flow.ts";
import { tokenPolicy } from "../policies/tokens.ts";
import { type Reward } from "../rewards/reward.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../tf/random.ts";
import { sumRewards } from "../tracks/digit_sum.ts";
import { digitSums, languageModel } from "../tracks/language_models.ts";
import { mixtureRewards } from "../tracks/mixture.ts";
import { mixtureFlow } from "../tracks/mixture_flow.ts";
import { loopPieces, optimiser } from "./training.ts";
import { consecutive, type Workload } from "./workload.ts";

const seeds = [1];
const divergedAbove = 1e6;

/** A method at one coefficient, of members that share their draws. */
export function onlineAt<Signals>(
  { policy, method }: Pick<Online<Signals>, "policy" | "method">,
  { perContext, updates, coefficient, members }: {
    perContext: number;
    updates: number;
    coefficient: number;
    members: number;
  },
): Online<Signals> {
  return {
    policy,
    method,
    coefficient: tf.fill([members, 1, 1], coefficient),
    seeds,
    budget: { perContext, updates, ...optimiser, divergedAbove },
  };
}

/** How large an iteration of ADRPO-FM is. */
export type FmSizes = {
  /** Samples of each prompt. */
  perContext: number;
  /** Euler's steps of the sampler. */
  sampleSteps: number;
  updates: number;
  beta0: number;
  /** Members of the population; 1 when left out. */
  members?: number;
};

/**
 * One online iteration of ADRPO-FM, of members that share their draws.
 *
 * @param flow The model, where it starts, and what is paid.
 * @param sizes How large it is.
 * @param params What others need to repeat it, beside the draws; the reference when left
 * out.
 */
export function fmIteration(
  { model, reference, reward }: Flow & { reward: Reward },
  { perContext, sampleSteps, updates, beta0, members = 1 }: FmSizes,
  params: Params = reference,
): Workload {
  const online = onlineAt({
    policy: flowPolicy({ model, reference }, { sampleSteps }),
    method: adrpo(flow),
  }, { perContext, updates, coefficient: beta0, members });
  const samples = model.contexts * perContext;
  const noise = (key: Tensor) => normal(key, [samples, model.dim]);
  const step = onlineStep(online, reward);
  return {
    state: initOnline(online),
    step,
    looped: { step: consecutive(loopPieces, step), pieces: loopPieces },
    repeat: {
      params,
      draws: (iteration) => {
        const key = foldIn(keys(seeds), iteration);
        const updateKeys = Array.from(
          { length: updates },
          (_, i) => foldIn(key, 1 + i),
        );
        return {
          noise: noise(foldIn(key, 0)),
          t: tf.stack(updateKeys.map((k) => uniform(foldIn(k, 0), [samples]))),
          x0: tf.stack(updateKeys.map((k) => noise(foldIn(k, 1)))),
        };
      },
    },
    values: ({ reward, loss, gradNorm }) => tf.stack([reward, loss, gradNorm]),
  };
}

/** One online iteration of ADRPO-FM on the 2-D mixture. */
export function adrpoFm(sizes: FmSizes & { members: number }): Workload {
  const [model, reference] = [mixtureFlow, mixtureFlow.init(keys([0]))];
  return fmIteration(
    { model, reference, reward: mixtureRewards.graded },
    sizes,
  );
}

/** One online iteration of ADRPO-GRPO on the digit sums, of members that share their draws. */
export function adrpoGrpoIteration(
  { perContext, beta0, members }: {
    perContext: number;
    beta0: number;
    members: number;
  },
): Workload {
  const reference = languageModel.init(keys([0]));
  const { prompts, length, vocabulary } = digitSums;
  const online = onlineAt({
    policy: tokenPolicy({ model: languageModel, reference, prompts, length }),
    method: adrpo(exactTokens),
  }, { perContext, updates: 1, coefficient: beta0, members });
  const samples = prompts.length * perContext;
  const step = onlineStep(online, sumRewards.exact);
  return {
    state: initOnline(online),
    step,
    looped: { step: consecutive(loopPieces, step), pieces: loopPieces },
    repeat: {
      params: reference,
      draws: (iteration) => ({
        u: uniform(foldIn(keys(seeds), iteration), [
          length,
          samples,
          vocabulary,
        ]),
      }),
    },
    values: ({ reward, loss, gradNorm }) => tf.stack([reward, loss, gradNorm]),
  };
}
