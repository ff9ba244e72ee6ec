import { type FlowVelocities } from "../losses/flow_losses.ts";
import { klK2 } from "../losses/divergences.ts";
import { adrpo, clippedAdrpo, nonNegativeAdrpo } from "../methods/adrpo.ts";
import {
  quantileBaselineAdrpo,
  startBaselineAdrpo,
} from "../methods/adrpo_baselines.ts";
import {
  adrpoControls,
  doseResponse,
  slopes,
} from "../methods/adrpo_controls.ts";
import {
  anchored,
  average,
  drawingPolicy,
  resetEvery,
} from "../methods/anchors.ts";
import { awm } from "../methods/awm.ts";
import { clipCov, klCov } from "../methods/covariance.ts";
import { diffusionNft } from "../methods/diffusion_nft.ts";
import { dpo } from "../methods/dpo.ts";
import { entropyBonus } from "../methods/entropy_bonus.ts";
import {
  coveringTokens,
  exactDivergence,
  exactTokens,
  flow,
  tokens,
} from "../methods/families.ts";
import {
  advantageWeighting,
  grpo,
  linearWeighting,
} from "../methods/fixed_beta.ts";
import { gardo } from "../methods/gardo.ts";
import { klController } from "../methods/kl_controller.ts";
import { mara } from "../methods/mara.ts";
import { type Family, type Method } from "../methods/method.ts";
import { orwCfmW2 } from "../methods/orw_cfm_w2.ts";
import { maxRl, passAtKTraining } from "../methods/pass_at_k.ts";
import { promptKlTargets } from "../methods/prompt_kl_targets.ts";
import { raft } from "../methods/raft.ts";
import { selfTraining } from "../methods/self_training.ts";
import { trajectoryBalance } from "../methods/trajectory_balance.ts";
import { type TokenSignals } from "../policies/tokens.ts";
import { trueReward } from "../rewards/hack_reward.ts";
import { mixture } from "../tracks/mixture_flow.ts";

/**
 * The methods of the study on flows: ADRPO-FM with its clips, its controls and other
 * anchors, and its rivals.
 */
export const flowMethods: readonly Method<FlowVelocities>[] = [
  adrpo(flow),
  advantageWeighting,
  linearWeighting,
  awm(),
  diffusionNft(),
  raft(flow, { keep: 8 }),
  raft(flow, { keep: 8, centred: true }),
  ...[1, 4].flatMap((tau) => [
    orwCfmW2({ tau }),
    orwCfmW2({ tau, centred: true }),
  ]),
  selfTraining(flow),
  gardo(flow, { judge: trueReward(mixture) }),
  clippedAdrpo(flow),
  nonNegativeAdrpo(flow),
  ...adrpoControls(flow),
  ...[resetEvery(50), resetEvery(10), drawingPolicy, average(0.99)]
    .map((anchor) => anchored(adrpo(flow), anchor)),
];

/** Tokens under GRPO with k2. */
export const k2Tokens: Family<TokenSignals> = tokens({
  kl: klK2,
  variant: "k2",
});

/** Tokens under GRPO with k3, as published. */
export const k3Tokens: Family<TokenSignals> = tokens();

const exact = { kl: exactDivergence, variant: "exact KL" };

/** The dose-response at some slopes; ADRPO is -1, and a fixed beta 0. */
const doses = <Signals>(
  family: Family<Signals>,
  at: readonly number[],
): Method<Signals>[] =>
  doseResponse(family).filter((_, i) => at.includes(slopes[i]));

/** The control of the sign is the dose of 1. */
const [, shuffled, ofSize] = adrpoControls(exactTokens);

/**
 * The methods of the study on language policies: ADRPO-GRPO with its clips, its
 * divergences, its baselines, its controls and the dose-response between it and a fixed
 * beta, and its rivals.
 */
export const languageMethods: readonly Method<TokenSignals>[] = [
  ...[exactTokens, k3Tokens, k2Tokens]
    .flatMap((family) => [adrpo(family), grpo(family)]),
  ...[0.5, 1, 2].map((k) => clippedAdrpo(exactTokens, k)),
  nonNegativeAdrpo(exactTokens),
  quantileBaselineAdrpo(exactTokens, 0.9),
  startBaselineAdrpo(exactTokens),
  anchored(adrpo(exactTokens), resetEvery(50)),
  anchored(grpo(exactTokens), resetEvery(50)),
  ...doses(exactTokens, [-0.5, -0.25, 0.25, 0.5, 1]),
  ...[k3Tokens, k2Tokens]
    .flatMap((family) => doses(family, [-0.5, -0.25, 0.25, 0.5, 1])),
  shuffled,
  ofSize,
  ...coveringTokens.map(grpo),
  klController(exactTokens),
  promptKlTargets(exactTokens),
  entropyBonus,
  raft(exactTokens, { keep: 4 }),
  raft(exactTokens, { keep: 4, centred: true }),
  klCov({ share: 0.02 }),
  clipCov(),
  mara({ threshold: 1 }),
  trajectoryBalance,
  passAtKTraining({ k: 4, right: 1 }, exact),
  maxRl(exact),
  dpo,
];
