import { assert, assertEquals } from "@std/assert";
import { klK1, klK2 } from "../../lib/losses/divergences.ts";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import {
  ablation,
  adrpo,
  adrpoControls,
  advantageWeighting,
  clippedAdrpo,
  dpo,
  entropyBonus,
  exactTokens,
  flow,
  grpo,
  inRewardUnits,
  klController,
  type Method,
  nonNegativeAdrpo,
  orwCfmW2,
  raft,
  runningBaselineAdrpo,
  sequenceK2,
  slope,
  tokens,
} from "../../lib/methods/mod.ts";
import { type TokenSignals } from "../../lib/policies/tokens.ts";
import * as o from "./oracle.ts";
import {
  assertIterates,
  budget,
  flowWorld,
  startRewards,
  tokenWorld,
} from "./worlds.ts";

type Pair<Signals, Answer> = [Method<Signals>, o.MethodOracle<Answer>];

const clampTo = (min: number, max: number) => (value: number) =>
  Math.min(Math.max(value, min), max);

/** `weight |vt - ut|^2 + beta |vt - vRef|^2`, both of the advantage. */
const ofAdvantage = (
  weight: (A: number, beta0: number) => number,
  beta: (A: number, beta0: number) => number,
): o.MethodOracle<o.FlowAnswer> => ({
  terms({ coefficient, rewards }) {
    const A = o.each(rewards, o.centred);
    const betas = o.map(A, (a) => beta(a, coefficient));
    const weights = o.map(A, (a) => weight(a, coefficient));
    return { beta: betas, loss: o.flowLoss(weights, betas) };
  },
});

/** Weights of the rewards, one beta. */
const ofRewards = (
  weigh: (group: number[]) => number[],
): o.MethodOracle<o.FlowAnswer> => ({
  terms({ coefficient, rewards }) {
    const beta = o.uniformly(rewards, coefficient);
    return { beta, loss: o.flowLoss(o.each(rewards, weigh), beta) };
  },
});

const [flipped, shuffled, size, positive] = adrpoControls(flow);
const next = (group: number[]) => [...group.slice(1), group[0]];

const flowPairs: Pair<FlowVelocities, o.FlowAnswer>[] = [
  [adrpo(flow), ofAdvantage((A) => A, (A, b) => b - A)],
  [
    clippedAdrpo(flow),
    ofAdvantage(
      (A, b) => clampTo(-b, b)(A),
      (A, b) => b - clampTo(-b, b)(A),
    ),
  ],
  [
    clippedAdrpo(flow, 0.5),
    ofAdvantage(
      (A, b) => clampTo(-b / 2, b / 2)(A),
      (A, b) => b - clampTo(-b / 2, b / 2)(A),
    ),
  ],
  [
    nonNegativeAdrpo(flow),
    ofAdvantage((A, b) => Math.min(A, b), (A, b) => b - Math.min(A, b)),
  ],
  [flipped, ofAdvantage((A) => A, (A, b) => b + A)],
  [size, ofAdvantage((A) => A, (A, b) => b + Math.abs(A))],
  [positive, ofAdvantage((A) => Math.max(A, 0), (A, b) => b - Math.max(A, 0))],
  ...[-1, 0, 0.5].map((s): Pair<FlowVelocities, o.FlowAnswer> => [
    ablation(flow, `slope ${s}`, { beta: slope(s) }),
    ofAdvantage((A) => A, (A, b) => b + s * A),
  ]),
  [shuffled, {
    terms({ coefficient, rewards }) {
      const A = o.each(rewards, o.centred);
      const beta = o.map(o.each(A, next), (a) => coefficient - a);
      return { beta, loss: o.flowLoss(A, beta) };
    },
  }],
  [advantageWeighting, ofAdvantage((A) => A, (_, b) => b)],
  [orwCfmW2({ tau: 1.5 }), ofRewards(o.tilted(1.5))],
  [raft(flow, { keep: 1 }), ofRewards(o.best(1))],
  [raft(flow, { keep: 3 }), ofRewards(o.best(3))],
  [runningBaselineAdrpo(flow), {
    start: (_, startRewards) => startRewards,
    terms({ coefficient, rewards, memory }) {
      const A = o.each(rewards, o.centred);
      const beta = rewards.map((group, c) =>
        group.map((reward) => coefficient - (reward - memory[c]))
      );
      return { beta, loss: o.flowLoss(A, beta) };
    },
    remember: ({ rewards, memory }) =>
      memory.map((V, c) => 0.9 * V + 0.1 * o.mean(rewards[c])),
  }],
];

/** GRPO's surrogate, and a divergence weighted by the advantage. */
const surrogateAnd = (
  divergence: (answer: o.TokenAnswer, t: number) => number,
  beta: (A: number, coefficient: number) => number,
  advantages = o.standardised,
): o.MethodOracle<o.TokenAnswer> => ({
  terms({ coefficient, rewards }) {
    const A = o.each(rewards, advantages);
    const betas = o.map(A, (a) => beta(a, coefficient));
    return {
      beta: betas,
      loss: o.tokenLoss(o.surrogate(A), betas, divergence),
    };
  },
});
const fixed = (_: number, beta: number) => beta;
const { k1, k2, k3, exact, sequence, order } = o.divergences;
const [flippedTokens, shuffledTokens, sizeTokens, positiveTokens] =
  adrpoControls(tokens());

const tokenPairs: Pair<TokenSignals, o.TokenAnswer>[] = [
  [grpo(), surrogateAnd(k3, fixed)],
  [grpo(tokens({ kl: klK1, variant: "k1" })), surrogateAnd(k1, fixed)],
  [grpo(tokens({ kl: klK2, variant: "k2" })), surrogateAnd(k2, fixed)],
  [grpo(exactTokens), surrogateAnd(exact, fixed)],
  [
    grpo(tokens({ kl: sequenceK2, variant: "k2 of completions" })),
    surrogateAnd(sequence, fixed),
  ],
  [
    grpo(tokens({ advantages: inRewardUnits, variant: "in reward units" })),
    surrogateAnd(k3, fixed, o.lessOthers),
  ],
  [adrpo(tokens()), surrogateAnd(k3, (A, b) => b - A)],
  [adrpo(exactTokens), surrogateAnd(exact, (A, b) => b - A)],
  [
    clippedAdrpo(tokens()),
    surrogateAnd(k3, (A, b) => b - clampTo(-b, b)(A)),
  ],
  [
    nonNegativeAdrpo(tokens()),
    surrogateAnd(k3, (A, b) => b - Math.min(A, b)),
  ],
  [flippedTokens, surrogateAnd(k3, (A, b) => b + A)],
  [sizeTokens, surrogateAnd(k3, (A, b) => b + Math.abs(A))],
  [shuffledTokens, {
    terms({ coefficient, rewards }) {
      const A = o.each(rewards, o.standardised);
      const beta = o.map(o.each(A, next), (a) => coefficient - a);
      return { beta, loss: o.tokenLoss(o.surrogate(A), beta, k3) };
    },
  }],
  [positiveTokens, {
    terms({ coefficient, rewards }) {
      const A = o.map(
        o.each(rewards, o.standardised),
        (a) => Math.max(a, 0),
      );
      const beta = o.map(A, (a) => coefficient - a);
      return { beta, loss: o.tokenLoss(o.surrogate(A), beta, k3) };
    },
  }],
  [raft(tokens(), { keep: 2 }), {
    terms({ coefficient, rewards }) {
      const beta = o.uniformly(rewards, coefficient);
      const weights = o.each(rewards, o.best(2));
      return { beta, loss: o.tokenLoss(o.likelihood(weights), beta, k3) };
    },
  }],
  [entropyBonus, surrogateAnd(order, fixed)],
  [dpo, {
    offPolicy: true,
    terms: ({ coefficient, rewards }) => ({
      beta: o.uniformly(rewards, coefficient),
      loss: o.dpoLoss(rewards, coefficient),
    }),
  }],
  [runningBaselineAdrpo(tokens()), {
    start: (_, startRewards) => startRewards,
    terms({ coefficient, rewards, memory }) {
      const A = o.each(rewards, o.standardised);
      const beta = rewards.map((group, c) =>
        group.map((reward) => coefficient - (reward - memory[c]))
      );
      return { beta, loss: o.tokenLoss(o.surrogate(A), beta, k3) };
    },
    remember: ({ rewards, memory }) =>
      memory.map((V, c) => 0.9 * V + 0.1 * o.mean(rewards[c])),
  }],
];

const controller: o.MethodOracle<o.TokenAnswer> = {
  start: () => [0.1],
  terms({ rewards, memory: [beta] }) {
    const A = o.each(rewards, o.standardised);
    const betas = o.uniformly(rewards, beta);
    return { beta: betas, loss: o.tokenLoss(o.surrogate(A), betas, k3) };
  },
  // A fifth of the error an iteration, the horizon being five of them.
  remember: ({ coefficient, divergence, memory: [beta] }) => [
    beta * (1 + clampTo(-0.2, 0.2)(o.mean(divergence) / coefficient - 1) / 5),
  ],
};

for (const [method, expected] of flowPairs) {
  Deno.test(`an iteration of a flow is the oracle's: ${method.name}`, async () => {
    await assertIterates(flowWorld, method, expected);
  });
}

for (const [method, expected] of tokenPairs) {
  Deno.test(`an iteration of a language model is the oracle's: ${method.name}`, async () => {
    await assertIterates(tokenWorld(), method, expected);
    await assertIterates(tokenWorld(2), method, expected);
  });
}

Deno.test("two iterations under the KL controller are the oracle's, with its memory", async () => {
  for (const stop of [undefined, 2]) {
    const states = await assertIterates(
      tokenWorld(stop),
      klController(),
      controller,
      { iterations: 2, grid: [0.05, 3] },
    );
    // Above the small target, below the large one.
    const [above, below] = [states[4].memory[0], states[6].memory[0]];
    assert(above > 0.1 && below < 0.1, `${above}, ${below}`);
  }
});

Deno.test("a diverged member is the oracle's: it keeps its state and its memory", async () => {
  const [method, expected] = flowPairs.at(-1)!;
  const states = await assertIterates(flowWorld, method, expected, {
    grid: [0.3, 3000],
    iterations: 2,
    limits: { ...budget, divergedAbove: 100 },
  });
  assertEquals(states.map(({ alive }) => alive), [1, 1, 0, 0, 1, 1, 0, 0]);
  assertEquals(
    states[2].memory.map(Math.fround),
    startRewards.map(Math.fround),
  );
});
