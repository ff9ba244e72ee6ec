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
export {
  quantileBaselineAdrpo,
  runningBaselineAdrpo,
  startBaselineAdrpo,
} from "./adrpo_baselines.ts";
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
export { diffusionDpo } from "./diffusion_dpo.ts";
export { diffusionNft } from "./diffusion_nft.ts";
export { clipCov, klCov } from "./covariance.ts";
export { dpo } from "./dpo.ts";
export { entropyBonus } from "./entropy_bonus.ts";
export {
  coveringTokens,
  exactDivergence,
  exactTokens,
  flow,
  forwardDivergence,
  inRewardUnits,
  jsDivergence,
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
export { gardo } from "./gardo.ts";
export { klController } from "./kl_controller.ts";
export { promptKlTargets } from "./prompt_kl_targets.ts";
export { mara } from "./mara.ts";
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
export { initOnline, onlineStep } from "./online.ts";
export { type Online, type OnlineBudget } from "./iteration.ts";
export { orwCfmW2 } from "./orw_cfm_w2.ts";
export { maxRl, passAtKTraining } from "./pass_at_k.ts";
export { raft } from "./raft.ts";
export { selfTraining } from "./self_training.ts";
export { trajectoryBalance } from "./trajectory_balance.ts";
