import { type LanguageBudget } from "./online_language.ts";
import { type Scale } from "./scale.ts";
import { seedList } from "./sweep.ts";

/** What the language experiments share at a scale. */
export interface LanguageScale {
  /** Seeds of a sweep. */
  seeds: readonly number[];
  budget: LanguageBudget & { iterations: number; evaluateEvery: number };
}

const budget = {
  iterations: 160,
  evaluateEvery: 20,
  perContext: 16,
  learningRate: 2e-3,
  clipNorm: 1,
  divergedAbove: 1e4,
};

/** Seeds and budget of the sweeps of language policies, by scale. */
export const languageScales: Record<Scale, LanguageScale> = {
  smoke: {
    seeds: seedList(2),
    budget: { ...budget, iterations: 10, evaluateEvery: 5 },
  },
  laptop: { seeds: seedList(5), budget },
  full: {
    seeds: seedList(20),
    budget: {
      ...budget,
      iterations: 600,
      evaluateEvery: 50,
      learningRate: 1e-3,
    },
  },
};
