import { contextIds } from "../data/context_ids.ts";
import { flowMatchingLoss } from "../losses/objectives.ts";
import { mlpVelocity } from "../models/mlp_velocity.ts";
import { type Params, repeatParams } from "../models/params.ts";
import { type VelocityModel } from "../models/velocity_model.ts";
import { rectifiedFlow } from "../paths/rectified_flow.ts";
import { euler } from "../samplers/euler.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../tf/random.ts";
import { type Step } from "../train/train_options.ts";
import { convVelocity } from "./conv_velocity.ts";
import { training, trainingStep } from "./training.ts";
import { type Workload } from "./workload.ts";

/** A training step of an MLP flow. */
export function flowTrain(
  { width, batch, members }: { width: number; batch: number; members: number },
): Workload {
  return flowTraining(plane(width), { batch, members });
}

/** A training step of a small convolutional flow of pictures. */
export function convTrain(
  { side, channels, batch }: { side: number; channels: number; batch: number },
): Workload {
  return flowTraining(convVelocity({ side, channels }), { batch, members: 1 });
}

/** Euler's steps of an MLP flow from noise; each of the members takes its own. */
export function flowSample(
  { width, batch, steps, members = 1 }: {
    width: number;
    batch: number;
    steps: number;
    members?: number;
  },
): Workload {
  const model = plane(width);
  const params = startOf(model, members);
  const c = contextIds(1, batch);
  const draws = (iteration: number | Tensor) => {
    const key = foldIn(keys([1]), iteration);
    const x0 = normal(key, [members * batch, model.dim]);
    return { x0: tf.reshape(x0, [members, batch, model.dim]) };
  };
  return {
    state: params,
    step: (state, iteration) => {
      const { x0 } = draws(iteration);
      const v = (xt: Tensor, t: Tensor) => model.velocity(state, xt, t, c);
      return { state, logs: { x1: euler(v, x0, { steps }) } };
    },
    repeat: { params, draws },
    values: ({ x1 }) => x1,
  };
}

const plane = (width: number) =>
  mlpVelocity({ dim: 2, contexts: 1, width, depth: 3 });

/** The parameters of equal members. */
function startOf(model: VelocityModel, members: number): Params {
  return tf.tidy(() => repeatParams(model.init(keys([0])), members));
}

/** The members share their draws, as the settings of a sweep do. */
function flowTraining(
  model: VelocityModel,
  { batch, members }: { batch: number; members: number },
): Workload {
  const params = startOf(model, members);
  const c = contextIds(1, batch);
  const draws = (iteration: number | Tensor) => {
    const key = foldIn(keys([1]), iteration);
    const shape = [batch, model.dim];
    return {
      x0: normal(foldIn(key, 0), shape),
      x1: normal(foldIn(key, 1), shape),
      t: uniform(foldIn(key, 2), [batch]),
    };
  };
  const step: Step = (before, iteration) => {
    const { x0, x1, t } = draws(iteration);
    const shared = rectifiedFlow({ x0, x1, t });
    const xt = tf.tile(shared.xt, [members, 1, 1]);
    const ut = tf.tile(shared.ut, [members, 1, 1]);
    const times = tf.tile(t, [members, 1]);
    return trainingStep(before, (params) => {
      const vt = model.velocity(params, xt, times, c);
      return tf.mean(flowMatchingLoss({ vt, ut }), 1);
    });
  };
  return {
    ...training(params, step),
    repeat: { params, draws },
  };
}
