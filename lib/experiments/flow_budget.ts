import { type RunBudget } from "./online_flow.ts";
import { type Scale } from "./scale.ts";
import { seedList } from "./sweep.ts";

/** What the 2-D experiments share at a scale. */
export interface MixtureScale {
  seeds: readonly number[];
  budget: RunBudget;
  evaluationSamples: number;
}

const budget: RunBudget = {
  iterations: 160,
  perContext: 32,
  sampleSteps: 10,
  updates: 2,
  learningRate: 2e-3,
  clipNorm: 1,
  divergedAbove: 1e4,
  evaluateEvery: 40,
};

/** Seeds and budget of the 2-D experiments, by scale. */
export const mixtureScales: Record<Scale, MixtureScale> = {
  smoke: {
    seeds: seedList(2),
    budget: { ...budget, iterations: 10, evaluateEvery: 5 },
    evaluationSamples: 32,
  },
  laptop: { seeds: seedList(5), budget, evaluationSamples: 128 },
  full: {
    seeds: seedList(20),
    budget: { ...budget, iterations: 400, evaluateEvery: 50 },
    evaluationSamples: 512,
  },
};

/**
 * Picks every other value of a grid for a smoke run, and the whole of it otherwise.
 *
 * @param scale The scale.
 * @param grid The coefficients.
 */
export function gridAt(scale: Scale, grid: readonly number[]): number[] {
  return grid.filter((_, i) => scale !== "smoke" || i % 2 === 0);
}
