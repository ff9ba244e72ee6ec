/**
 * Methods of fine-tuning, one file each, and the one online step that runs them all.
 * Every one is `objective + beta * divergence`; ADRPO's beta is `beta0 - A`.
 *
 * @module
 */

export {
  adrpo,
  type Clip,
  clippedAdrpo,
  nonNegativeAdrpo,
  unclipped,
  upToBeta0,
  withinBeta0,
} from "./adrpo.ts";
export { runningBaselineAdrpo } from "./adrpo_baselines.ts";
export {
  ablation,
  adrpoControls,
  doseResponse,
  ofNextSample,
  ofSize,
  slope,
  slopes,
} from "./adrpo_controls.ts";
export { anchored, average, drawingPolicy, resetEvery } from "./anchors.ts";
export { awm } from "./awm.ts";
export { diffusionNft } from "./diffusion_nft.ts";
export { dpo } from "./dpo.ts";
export { entropyBonus } from "./entropy_bonus.ts";
export {
  exactDivergence,
  exactTokens,
  flow,
  inRewardUnits,
  normalised,
  sequenceK2,
  type TokenDivergence,
  type TokenFamilyOptions,
  tokens,
} from "./families.ts";
export {
  advantageWeighting,
  fixedBeta,
  grpo,
  linearWeighting,
} from "./fixed_beta.ts";
export { klController } from "./kl_controller.ts";
export {
  type Anchor,
  type Arm,
  arm,
  type Family,
  type Look,
  lossOf,
  type Method,
  type Terms,
  type Told,
  type Tuned,
} from "./method.ts";
export {
  initOnline,
  type Online,
  type OnlineBudget,
  onlineStep,
} from "./online.ts";
export { orwCfmW2 } from "./orw_cfm_w2.ts";
export { raft } from "./raft.ts";
export { selfTraining } from "./self_training.ts";
