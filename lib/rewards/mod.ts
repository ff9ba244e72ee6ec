/**
 * Rewards: plain functions of samples or sequences, with a reward for each.
 *
 * @module
 */

export { evenReward } from "./even_reward.ts";
export { gradedReward } from "./graded_reward.ts";
export { hackReward, trueReward } from "./hack_reward.ts";
export { decaysOffData } from "./mode_reward.ts";
export { jpegBytes, jpegEncoder } from "./jpeg_bytes.ts";
export { matchPairs, type PairMatch, pairReward } from "./pair_match.ts";
export { plateauReward } from "./plateau_reward.ts";
export { type Reward } from "./reward.ts";
export { shortcutReward } from "./shortcut_reward.ts";
export { sumReward } from "./sum_reward.ts";
export { exactAnswer, matches, type TextReward, wordList } from "./text.ts";
