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
import {
  best,
  centred,
  lessOthers,
  overBaseline,
  perAnswer,
  perPrompt,
  standardised,
  tilted,
  uniformly,
} from "./oracle/advantages.ts";
import { flowLoss, ofAdvantage, ofRewards } from "./oracle/flow_losses.ts";
import { type FlowAnswer } from "./oracle/flow_policy.ts";
import { type MethodOracle, type Remembering } from "./oracle/iteration.ts";
import { clamp, mean } from "./oracle/numbers.ts";
import {
  divergences,
  dpoLoss,
  fixed,
  likelihood,
  surrogate,
  surrogateAnd,
  tokenLoss,
} from "./oracle/token_losses.ts";
import { type TokenAnswer } from "./oracle/token_policy.ts";
import {
  assertIterates,
  budget,
  flowWorld,
  startRewards,
  tokenWorld,
} from "./worlds.ts";

type Pair<Signals, Answer> = [Method<Signals>, MethodOracle<Answer>];

/** The baseline that follows the rewards of each prompt. */
const running: Remembering = {
  start: (_, startRewards) => startRewards,
  remember: ({ rewards, memory }) =>
    memory.map((V, c) => 0.9 * V + 0.1 * mean(rewards[c])),
};

const [flipped, shuffled, size, positive] = adrpoControls(flow);
const next = (group: number[]) => [...group.slice(1), group[0]];

const flowPairs: Pair<FlowVelocities, FlowAnswer>[] = [
  [adrpo(flow), ofAdvantage((A) => A, (A, b) => b - A)],
  [
    clippedAdrpo(flow),
    ofAdvantage(
      (A, b) => clamp(A, -b, b),
      (A, b) => b - clamp(A, -b, b),
    ),
  ],
  [
    clippedAdrpo(flow, 0.5),
    ofAdvantage(
      (A, b) => clamp(A, -b / 2, b / 2),
      (A, b) => b - clamp(A, -b / 2, b / 2),
    ),
  ],
  [
    nonNegativeAdrpo(flow),
    ofAdvantage((A, b) => Math.min(A, b), (A, b) => b - Math.min(A, b)),
  ],
  [flipped, ofAdvantage((A) => A, (A, b) => b + A)],
  [size, ofAdvantage((A) => A, (A, b) => b + Math.abs(A))],
  [positive, ofAdvantage((A) => Math.max(A, 0), (A, b) => b - Math.max(A, 0))],
  ...[-1, 0, 0.5].map((s): Pair<FlowVelocities, FlowAnswer> => [
    ablation(flow, `slope ${s}`, { beta: slope(s) }),
    ofAdvantage((A) => A, (A, b) => b + s * A),
  ]),
  [shuffled, {
    terms({ coefficient, rewards }) {
      const A = perPrompt(rewards, centred);
      const beta = perAnswer(perPrompt(A, next), (a) => coefficient - a);
      return { beta, loss: flowLoss(A, beta) };
    },
  }],
  [advantageWeighting, ofAdvantage((A) => A, (_, b) => b)],
  [orwCfmW2({ tau: 1.5 }), ofRewards(tilted(1.5))],
  [raft(flow, { keep: 1 }), ofRewards(best(1))],
  [raft(flow, { keep: 3 }), ofRewards(best(3))],
  [runningBaselineAdrpo(flow), {
    ...running,
    terms({ coefficient, rewards, memory }) {
      const A = perPrompt(rewards, centred);
      const beta = overBaseline(coefficient, rewards, memory);
      return { beta, loss: flowLoss(A, beta) };
    },
  }],
];

const { k1, k2, k3, exact, sequence, order } = divergences;
const [flippedTokens, shuffledTokens, sizeTokens, positiveTokens] =
  adrpoControls(tokens());

const tokenPairs: Pair<TokenSignals, TokenAnswer>[] = [
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
    surrogateAnd(k3, fixed, lessOthers),
  ],
  [adrpo(tokens()), surrogateAnd(k3, (A, b) => b - A)],
  [adrpo(exactTokens), surrogateAnd(exact, (A, b) => b - A)],
  [
    clippedAdrpo(tokens()),
    surrogateAnd(k3, (A, b) => b - clamp(A, -b, b)),
  ],
  [
    nonNegativeAdrpo(tokens()),
    surrogateAnd(k3, (A, b) => b - Math.min(A, b)),
  ],
  [flippedTokens, surrogateAnd(k3, (A, b) => b + A)],
  [sizeTokens, surrogateAnd(k3, (A, b) => b + Math.abs(A))],
  [shuffledTokens, {
    terms({ coefficient, rewards }) {
      const A = perPrompt(rewards, standardised);
      const beta = perAnswer(perPrompt(A, next), (a) => coefficient - a);
      return { beta, loss: tokenLoss(surrogate(A), beta, k3) };
    },
  }],
  [positiveTokens, {
    terms({ coefficient, rewards }) {
      const A = perAnswer(
        perPrompt(rewards, standardised),
        (a) => Math.max(a, 0),
      );
      const beta = perAnswer(A, (a) => coefficient - a);
      return { beta, loss: tokenLoss(surrogate(A), beta, k3) };
    },
  }],
  [raft(tokens(), { keep: 2 }), {
    terms({ coefficient, rewards }) {
      const beta = uniformly(rewards, coefficient);
      const weights = perPrompt(rewards, best(2));
      return { beta, loss: tokenLoss(likelihood(weights), beta, k3) };
    },
  }],
  [entropyBonus, surrogateAnd(order, fixed)],
  [dpo, {
    offPolicy: true,
    terms: ({ coefficient, rewards }) => ({
      beta: uniformly(rewards, coefficient),
      loss: dpoLoss(rewards, coefficient),
    }),
  }],
  [runningBaselineAdrpo(tokens()), {
    ...running,
    terms({ coefficient, rewards, memory }) {
      const A = perPrompt(rewards, standardised);
      const beta = overBaseline(coefficient, rewards, memory);
      return { beta, loss: tokenLoss(surrogate(A), beta, k3) };
    },
  }],
];

const controller: MethodOracle<TokenAnswer> = {
  start: () => [0.1],
  terms({ rewards, memory: [beta] }) {
    const A = perPrompt(rewards, standardised);
    const betas = uniformly(rewards, beta);
    return { beta: betas, loss: tokenLoss(surrogate(A), betas, k3) };
  },
  // A fifth of the error an iteration, the horizon being five of them.
  remember: ({ coefficient, divergence, memory: [beta] }) => [
    beta * (1 + clamp(mean(divergence) / coefficient - 1, -0.2, 0.2) / 5),
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
