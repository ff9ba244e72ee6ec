import { contextIds } from "../data/context_ids.ts";
import { flowMatchingLoss } from "../losses/objectives.ts";
import { mapParams } from "../models/params.ts";
import { rectifiedFlow } from "../paths/rectified_flow.ts";
import { euler } from "../samplers/euler.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../tf/random.ts";
import { pairFlow } from "../tracks/picture_models.ts";
import { type Step } from "../train/train_options.ts";
import { fmIteration, type FmSizes } from "./online_workloads.ts";
import { training, trainingStep } from "./training.ts";
import { type Workload } from "./workload.ts";

/** How many captions, and pictures of each. */
type Sizes = { prompts: number; perContext: number };

/**
 * The small flow of pictures from text, whose weights are all drawn: at its own start it is
 * zero, and nothing would be compared.
 */
function captionedFlow({ prompts, perContext }: Sizes) {
  const texts = tf.tidy(() =>
    tf.reshape(normal(keys([2]), [prompts, 3840]), [prompts, 10, 384])
  );
  const model = pairFlow("small", texts);
  const params = tf.tidy(() => {
    const names = Object.keys(model.init(keys([0])));
    return mapParams(model.init(keys([0])), (param, name) => {
      const noise = normal(keys([3 + names.indexOf(name)]), [param.size]);
      return tf.add(param, tf.mul(0.05, tf.reshape(noise, param.shape)));
    });
  });
  const c = contextIds(prompts, perContext);
  return { model, params, c, repeated: { ...params, texts } };
}

/** A training step of the flow. */
export function jointTrain(sizes: Sizes): Workload {
  const { model, params, c, repeated } = captionedFlow(sizes);
  const draws = (iteration: number | Tensor) => {
    const key = foldIn(keys([1]), iteration);
    return {
      x0: normal(foldIn(key, 0), [c.size, model.dim]),
      x1: normal(foldIn(key, 1), [c.size, model.dim]),
      t: uniform(foldIn(key, 2), [c.size]),
    };
  };
  const step: Step = (before, iteration) => {
    const { t, ...ends } = draws(iteration);
    const { xt, ut } = rectifiedFlow({ ...ends, t });
    return trainingStep(before, (params) => {
      const vt = model.velocity(params, xt, t, c);
      return tf.mean(flowMatchingLoss({ vt, ut }), 1);
    });
  };
  return { ...training(params, step), repeat: { params: repeated, draws } };
}

/** Euler's steps of the flow from noise. */
export function jointSample(
  { steps, ...sizes }: Sizes & { steps: number },
): Workload {
  const { model, params, c, repeated } = captionedFlow(sizes);
  const draws = (iteration: number | Tensor) => ({
    x0: normal(foldIn(keys([1]), iteration), [c.size, model.dim]),
  });
  return {
    state: params,
    step: (state, iteration) => {
      const v = (xt: Tensor, t: Tensor) => model.velocity(state, xt, t, c);
      const x1 = euler(v, draws(iteration).x0, { steps });
      return { state, logs: { x1 } };
    },
    repeat: { params: repeated, draws },
    values: ({ x1 }) => x1,
  };
}

/** What is paid, in place of a match with renders: latents that are bright, `[M, N]`. */
export const brightness = (x1: Tensor): Tensor =>
  tf.sigmoid(tf.mean(x1, -1)) as Tensor;

/** One online iteration of ADRPO-FM on the flow. */
export function jointAdrpo(
  { prompts, ...sizes }: FmSizes & Sizes,
): Workload {
  const { perContext } = sizes;
  const { model, params, repeated } = captionedFlow({ prompts, perContext });
  const flow = { model, reference: params, reward: brightness };
  return fmIteration(flow, sizes, repeated);
}
