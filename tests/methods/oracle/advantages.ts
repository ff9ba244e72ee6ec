// What methods make of the rewards of a prompt's answers: advantages, weights and
// coefficients, `[C][K]`.
import { mean } from "./numbers.ts";

export type Weights = number[][];

/** Applies a formula to the rewards of each prompt. */
export const perPrompt = (
  rewards: number[][],
  map: (group: number[]) => number[],
): number[][] => rewards.map(map);

/** A = r - mean r. */
export const centred = (group: number[]) =>
  group.map((reward) => reward - mean(group));

/** GRPO's: (r - mean r) / (std r + 1e-4), std with K - 1. */
export function standardised(group: number[]): number[] {
  const from = centred(group);
  const squares = from.reduce((sum, x) => sum + x * x, 0);
  const std = Math.sqrt(squares / (group.length - 1));
  return from.map((x) => x / (std + 1e-4));
}

/** A reward less the mean of the others. */
export const lessOthers = (group: number[]) =>
  group.map((reward, k) => reward - mean(group.filter((_, j) => j !== k)));

/** K / keep for the best, the earlier of equals; 0 for the others. */
export const best = (keep: number) => (group: number[]) => {
  const order = group.map((_, k) => k).sort((a, b) =>
    group[b] - group[a] || a - b
  );
  return group.map((_, k) => order.indexOf(k) < keep ? group.length / keep : 0);
};

/** exp(tau r). */
export const tilted = (tau: number) => (group: number[]) =>
  group.map((reward) => Math.exp(tau * reward));

/** Coefficients beta0 - (r - V) over the baseline V of each prompt. */
export const overBaseline = (
  beta0: number,
  rewards: number[][],
  baseline: number[],
): Weights =>
  rewards.map((group, c) => group.map((r) => beta0 - (r - baseline[c])));

/** The same coefficient for each answer. */
export const uniformly = (rewards: number[][], value: number): Weights =>
  perAnswer(rewards, () => value);

/** Applies a formula to each advantage. */
export const perAnswer = (
  weights: Weights,
  formula: (value: number) => number,
): Weights => weights.map((group) => group.map(formula));
