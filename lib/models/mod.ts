/**
 * Models as pure functions of parameters and inputs: velocity models, classifiers,
 * an autoencoder of pictures, a GPT. Every parameter has an axis of members in front,
 * `[M, ...]`, so that one call runs a whole population.
 *
 * @module
 */

export { rmsNorm, silu } from "./activations.ts";
export type { Classifier } from "./classifier.ts";
export { timeFeatures } from "./conditioning.ts";
export { convAutoencoder } from "./conv_autoencoder.ts";
export { convClassifier } from "./conv_classifier.ts";
export { guidedVelocity } from "./guided_velocity.ts";
export {
  type CaptionedVelocity,
  jointVelocity,
  type JointVelocityOptions,
} from "./joint_velocity.ts";
export { mlpVelocity } from "./mlp_velocity.ts";
export type { MlpVelocityOptions } from "./mlp_velocity.ts";
export {
  countMembers,
  countParams,
  disposeParams,
  initParams,
  mapParams,
  repeatParams,
} from "./params.ts";
export type { Params, ParamSpec } from "./params.ts";
export {
  type PictureAutoencoder,
  pictureAutoencoder,
} from "./picture_autoencoder.ts";
export { fromPatches, type PatchGrid, toPatches } from "./patches.ts";
export {
  loadPretrained,
  loadReferences,
  referenceNames,
  savePretrained,
} from "./pretrained.ts";
export { transformerVelocity } from "./transformer_velocity.ts";
export type { TransformerVelocityOptions } from "./transformer_velocity.ts";
export type { VelocityModel } from "./velocity_model.ts";
export { completionLogits } from "./completion_logits.ts";
export { gpt, type GptOptions } from "./gpt.ts";
export { tokenLogProbs } from "./token_log_probs.ts";
export type { Extension, TokenCache, TokenModel } from "./token_model.ts";
