/**
 * The kit: reward fine-tuning of generative models, and what it does to their
 * diversity. This is its only public door.
 *
 * @module
 */

// tf
export { backend, tf } from "./tf/backend.ts";
export type { Backend, Tensor } from "./tf/backend.ts";
export { assertFinite } from "./tf/check.ts";
export { foldIn, keys, normal, uniform } from "./tf/random.ts";

// models
export { rmsNorm, silu } from "./models/activations.ts";
export type { Classifier } from "./models/classifier.ts";
export { timeFeatures } from "./models/conditioning.ts";
export { convClassifier } from "./models/conv_classifier.ts";
export { mlpVelocity } from "./models/mlp_velocity.ts";
export type { MlpVelocityOptions } from "./models/mlp_velocity.ts";
export {
  countMembers,
  countParams,
  disposeParams,
  initParams,
  mapParams,
  repeatParams,
} from "./models/params.ts";
export type { Params, ParamSpec } from "./models/params.ts";
export { fromPatches, toPatches } from "./models/patches.ts";
export { transformerVelocity } from "./models/transformer_velocity.ts";
export type { TransformerVelocityOptions } from "./models/transformer_velocity.ts";
export type { VelocityModel } from "./models/velocity_model.ts";

// train
export { adamUpdate, initAdam } from "./train/adam.ts";
export type { AdamOptions, AdamState, AdamUpdate } from "./train/adam.ts";
export { freezeDiverged } from "./train/freeze.ts";
export type { Row } from "./train/row.ts";
export { joinState, stateGroup } from "./train/state.ts";
export type { State } from "./train/state.ts";
export { train } from "./train/train.ts";
export type { Step, TrainOptions, TrainResult } from "./train/train.ts";
export { valueAndGrads } from "./train/value_and_grads.ts";
export type { ValueAndGrads } from "./train/value_and_grads.ts";
