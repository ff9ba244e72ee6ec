/**
 * Metrics of samples and of exact distributions: diversity, quality, distance from
 * the reference, and the exact front of reward against divergence. They are functions
 * of tensors and know no method. Entropies and divergences are in nats.
 *
 * @module
 */

export { coverage } from "./coverage.ts";
export { effectiveClasses } from "./effective_classes.ts";
export { modeEntropy } from "./mode_entropy.ts";
export { modeShares } from "./mode_shares.ts";
export { nearestDistance } from "./nearest_distance.ts";
export { offManifold } from "./off_manifold.ts";
export { pairwiseDistance } from "./pairwise_distance.ts";
export { sampleKl } from "./sample_kl.ts";
export { shareEntropy } from "./share_entropy.ts";
export { slicedW2 } from "./sliced_w2.ts";
export { splitContexts } from "./split_contexts.ts";
export { type FrontierPoint, tiltedFrontier } from "./tilted_frontier.ts";
export { tiltedModeShares } from "./tilted_mode_shares.ts";
export { effectiveAnswers } from "./effective_answers.ts";
export { exactEntropy } from "./exact_entropy.ts";
export { exactKl } from "./exact_kl.ts";
export { expectedReward } from "./expected_reward.ts";
export { distinctAnswers, passAtK } from "./pass_at_k.ts";
export { rewardTable } from "./reward_table.ts";
export {
  sequenceFrontier,
  type SequenceFrontierPoint,
} from "./sequence_frontier.ts";
export { sequenceLogProbs } from "./sequence_log_probs.ts";
export { tiltedSequences } from "./tilted_sequences.ts";
