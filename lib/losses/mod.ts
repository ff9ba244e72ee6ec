/**
 * Losses and their parts, as pure functions of tensors: objectives, divergences,
 * advantages, and the regularised losses made of them. They know no model and no
 * sampler.
 *
 * Losses come back unreduced: `[...]` sample by sample, `[..., T]` token by token. A
 * reduction ({@linkcode tokenMean}, {@linkcode sequenceMean}) is a call of its own.
 * All are to be minimised. Log-probabilities are in nats, advantages in units of
 * reward. Tensors of one kind go in by name, and shapes are checked. Gradients reach
 * every input; what must not be trained is frozen by the caller.
 *
 * @module
 */

export {
  centeredAdvantages,
  clipAdvantages,
  groupAdvantages,
  leaveOneOutAdvantages,
  raftWeights,
  rewardWeights,
} from "./advantages.ts";
export { highestTokens, tokenCovariances } from "./covariance.ts";
export { type CtcInputs, ctcLoss } from "./ctc.ts";
export {
  type Kl,
  klExact,
  type KlInputs,
  klK1,
  klK2,
  klK3,
  klK3WithK2Gradient,
  tokenEntropy,
  w2Penalty,
} from "./divergences.ts";
export { jensenShannon, klForward, type TokenLogits } from "./f_divergences.ts";
export {
  type ForwardProcess,
  matchingSurrogate,
  negativeAwareLoss,
} from "./forward_process.ts";
export { diverseAdvantages, mistrusted } from "./gated.ts";
export { modeAnchoredRewards } from "./mode_anchored_rewards.ts";
export { maxRlAdvantages, passAtKAdvantages } from "./pass_at_k.ts";
export { trajectoryBalanceLoss } from "./trajectory_balance.ts";
export {
  clippedSurrogate,
  type DpoInputs,
  dpoLoss,
  flowMatchingLoss,
  type SurrogateInputs,
} from "./objectives.ts";
export { adaptiveBeta, regularised } from "./regularised.ts";
export {
  adrpoFlowLoss,
  advantageFlowLoss,
  type FlowVelocities,
  orwCfmW2Loss,
  twoTerms,
} from "./flow_losses.ts";
export {
  adrpoGrpoLoss,
  type AdrpoGrpoOptions,
  type GrpoInputs,
  grpoLoss,
  type GrpoOptions,
} from "./grpo_losses.ts";
export {
  memberSequenceMean,
  memberTokenMean,
  sequenceMean,
  tokenMean,
} from "./reductions.ts";
export {
  type AdaptiveKlController,
  adaptiveKlController,
} from "./adaptive_kl_controller.ts";
