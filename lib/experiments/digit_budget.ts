import { type RunBudget } from "./online_flow.ts";
import { type Scale } from "./scale.ts";
import { seedList } from "./sweep.ts";

/** What the digit experiments share at a scale. */
export interface DigitScale {
  seeds: readonly number[];
  budget: RunBudget;
  evaluationSamples: number;
}

const budget: RunBudget = {
  iterations: 80,
  perContext: 64,
  sampleSteps: 10,
  updates: 2,
  learningRate: 5e-4,
  clipNorm: 1,
  divergedAbove: 1e6,
  evaluateEvery: 20,
};

/** Seeds and budget of the digit experiments, by scale. */
export const digitScales: Record<Scale, DigitScale> = {
  smoke: {
    seeds: seedList(2),
    budget: { ...budget, iterations: 6, evaluateEvery: 3 },
    evaluationSamples: 32,
  },
  laptop: { seeds: seedList(5), budget, evaluationSamples: 200 },
  full: {
    seeds: seedList(20),
    budget: { ...budget, iterations: 200, evaluateEvery: 25 },
    evaluationSamples: 500,
  },
};
