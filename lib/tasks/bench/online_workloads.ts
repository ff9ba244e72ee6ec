import { adrpoFlow } from "../../experiments/methods.ts";
import { mixtureRewards } from "../../experiments/mixture_task.ts";
import { mixtureFlow } from "../../experiments/pretrained.ts";
import { initOnline, onlineFlowStep } from "../../experiments/online_flow.ts";
import {
  adrpoGrpo,
  exactDivergence,
} from "../../experiments/language_methods.ts";
import {
  digitSumTask,
  languageModel,
} from "../../experiments/language_models.ts";
import {
  initOnlineLanguage,
  onlineLanguageStep,
} from "../../experiments/online_language.ts";
import { sumReward } from "../../rewards/sum_reward.ts";
import { tf } from "../../tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../../tf/random.ts";
import { loopPieces, optimiser } from "./training.ts";
import { consecutive, type Workload } from "./workload.ts";

const seeds = [1];
const divergedAbove = 1e6;

/** One online iteration of ADRPO-FM on the 2-D mixture, of members that share their draws. */
export function adrpoFm(
  { perContext, sampleSteps, updates, beta0, members = 1 }: {
    perContext: number;
    sampleSteps: number;
    updates: number;
    beta0: number;
    members?: number;
  },
): Workload {
  const reference = mixtureFlow.init(keys([0]));
  const samples = mixtureFlow.contexts * perContext;
  const step = onlineFlowStep({ model: mixtureFlow, reference }, {
    reward: mixtureRewards.graded,
    method: adrpoFlow({ beta0 }),
    settings: members,
    seeds,
    budget: { perContext, sampleSteps, updates, ...optimiser, divergedAbove },
  });
  const noise = (key: ReturnType<typeof keys>) =>
    normal(key, [samples, mixtureFlow.dim]);
  return {
    state: initOnline(reference, members),
    step,
    looped: { step: consecutive(loopPieces, step), pieces: loopPieces },
    repeat: {
      params: reference,
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

/** One online iteration of ADRPO-GRPO on the digit-sum task. */
export function adrpoGrpoIteration(
  { perContext, beta0 }: { perContext: number; beta0: number },
): Workload {
  const reference = languageModel.init(keys([0]));
  const { prompts, length, vocabulary } = digitSumTask;
  const method = adrpoGrpo({
    beta0: tf.fill([1, 1, 1], beta0),
    kl: exactDivergence,
  });
  const samples = prompts.length * perContext;
  const step = onlineLanguageStep(
    { model: languageModel, reference, prompts, length },
    {
      reward: sumReward(digitSumTask),
      method,
      settings: 1,
      seeds,
      budget: { perContext, ...optimiser, divergedAbove },
    },
  );
  return {
    state: initOnlineLanguage(reference, { members: 1, method }),
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
