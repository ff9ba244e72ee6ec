import { assert, assertEquals } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { klK1, klK2 } from "../../lib/losses/divergences.ts";
import { type FlowVelocities } from "../../lib/losses/regularised.ts";
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
  initOnline,
  inRewardUnits,
  klController,
  type Method,
  nonNegativeAdrpo,
  type Online,
  onlineStep,
  orwCfmW2,
  raft,
  runningBaselineAdrpo,
  sequenceK2,
  slope,
  tokens,
} from "../../lib/methods/mod.ts";
import { drawAnswers } from "../../lib/methods/online.ts";
import { gpt } from "../../lib/models/gpt.ts";
import { mlpVelocity } from "../../lib/models/mlp_velocity.ts";
import { type Params } from "../../lib/models/params.ts";
import { flowPolicy } from "../../lib/policies/flow.ts";
import { type Policy } from "../../lib/policies/policy.ts";
import { tokenPolicy, type TokenSignals } from "../../lib/policies/tokens.ts";
import { type Reward } from "../../lib/rewards/reward.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { joinState, type State, stateGroup } from "../../lib/train/state.ts";
import * as o from "./oracle.ts";

const seeds = [3, 8];
const startRewards = [0.3, 0.6];
const budget: o.Budget = {
  perContext: 4,
  updates: 2,
  learningRate: 0.02,
  clipNorm: 0.5,
  divergedAbove: 1e6,
};

/** A policy, the same by the oracle, where members start, and a reward. */
interface World<Signals, Answer> {
  policy: Policy<Signals>;
  oracle: o.PolicyOracle<Answer>;
  start(seed: number): Params;
  reward: Reward;
}

const velocity = mlpVelocity({ dim: 2, contexts: 2, width: 5, depth: 2 });
const flowReference = velocity.init(keys([100]));
const flowWorld = {
  policy: flowPolicy({ model: velocity, reference: flowReference }, {
    sampleSteps: 3,
  }),
  oracle: o.flowOracle({
    model: velocity,
    reference: flowReference,
    sampleSteps: 3,
  }),
  start: (seed: number) => velocity.init(keys([seed])),
  // Near (1, 1) for the first prompt, (2, 2) for the second.
  reward: (x1: Tensor, c: Tensor) => {
    const goal = tf.expandDims(tf.add(tf.cast(c, "float32"), 1), -1);
    const far = tf.sum(tf.square(tf.sub(x1, goal)), -1);
    return tf.mul(2, tf.exp(tf.div(far, -4)));
  },
};

const language = gpt({
  vocabulary: 4,
  promptTokens: 2,
  length: 5,
  width: 4,
  depth: 1,
  heads: 2,
});
/** A model that is sure of itself: fresh ones write all tokens alike. */
const sure = (seed: number): Params => {
  const params = language.init(keys([seed]));
  return { ...params, "output/kernel": tf.mul(params["output/kernel"], 5) };
};
const languageReference = sure(101);
const prompts = [[4, 5], [5, 1]];
const tokenWorld = (stop?: number) => {
  const options = {
    model: language,
    reference: languageReference,
    prompts,
    length: 3,
    stop,
  };
  return {
    policy: tokenPolicy(options),
    oracle: o.tokenOracle(options),
    start: sure,
    // Few different values, so that there are ties; another for each prompt.
    reward: ((answers: Tensor, c: Tensor) => {
      const [, count] = answers.shape;
      const total = tf.cast(tf.sum(answers, -1), "float32");
      return tf.div(tf.add(total, tf.reshape(c, [1, count])), 4) as Tensor;
    }) as Reward,
  };
};

/** The state of one member among those of all, as numbers. */
async function memberOf(state: State, i: number): Promise<o.MemberState> {
  const own = async (tensor: Tensor) => {
    const values = Array.from(await tensor.data());
    const size = values.length / tensor.shape[0];
    return values.slice(i * size, (i + 1) * size);
  };
  const group = async (name: string) =>
    (await Promise.all(
      Object.entries(state).filter(([key]) => key.startsWith(`${name}/`))
        .map(([, tensor]) => own(tensor)),
    )).flat();
  return {
    params: await group("params"),
    m: await own(state["adam/m"]),
    v: await own(state["adam/v"]),
    step: (await own(state["adam/step"]))[0],
    memory: await group("memory"),
    alive: (await own(state.alive))[0],
  };
}

function assertClose(
  what: string,
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
): void {
  assertEquals(actual.length, expected.length, what);
  const size = Math.max(1e-3, ...expected.map(Math.abs));
  actual.forEach((value, i) => {
    const off = Math.abs(value - expected[i]);
    assert(
      off <= tolerance * size || value === expected[i],
      `${what}: ${value} at ${i}, expected ${expected[i]}`,
    );
  });
}

/** Compares iterations of a population with the oracle's, member by member. */
async function assertIterates<Signals, Answer>(
  { policy, oracle, start, reward }: World<Signals, Answer>,
  method: Method<Signals>,
  expected: o.MethodOracle<Answer>,
  { grid = [0.3, 0.9], iterations = 1, limits = budget }: {
    grid?: number[];
    iterations?: number;
    limits?: o.Budget;
  } = {},
): Promise<o.MemberState[]> {
  const members = grid.flatMap((coefficient) =>
    seeds.map((seed) => ({ coefficient, seed }))
  );
  const coefficient = tf.tensor(
    members.map(({ coefficient }) => coefficient),
    [members.length, 1, 1],
  );
  const online: Online<Signals> = {
    policy,
    method,
    coefficient,
    seeds,
    budget: limits,
  };
  const startRewardsTensor = tf.tensor1d(startRewards);
  const params = tf.tidy(() => {
    const each = members.map((_, i) => start(200 + i));
    return Object.fromEntries(
      Object.keys(each[0]).map((name) =>
        [name, tf.concat(each.map((one) => one[name]))] as const
      ),
    );
  });
  let state: State = {
    ...initOnline(online, startRewardsTensor),
    ...joinState({ params }),
  };
  const step = onlineStep(online, reward);
  using compiled = compile((state: State, iteration: Tensor) => ({
    ...step(state, iteration),
    answers:
      drawAnswers(online, stateGroup(state, "params"), iteration).answers,
  }));
  const states: o.MemberState[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const { state: next, logs, answers } = compiled(
      state,
      tf.scalar(iteration, "int32"),
    );
    for (const [i, { seed, coefficient }] of members.entries()) {
      const before = await memberOf(state, i);
      if (expected.start && iteration === 0) {
        before.memory = expected.start(coefficient, startRewards);
      }
      const right = await o.iterate(oracle, expected, before, {
        ...{ seed, iteration, coefficient, reward, budget: limits },
      });
      const after = await memberOf(next, i);
      const what = `${method.name}, member ${i}, iteration ${iteration}:`;
      const all = Array.from(await answers.data());
      const own = all.length / members.length;
      assertClose(
        `${what} answers`,
        all.slice(i * own, (i + 1) * own),
        right.answers.flat(),
        1e-5,
      );
      assertEquals(
        Object.keys(logs).toSorted(),
        Object.keys(right.logs).toSorted(),
        what,
      );
      for (const [name, values] of Object.entries(logs)) {
        const value = (await values.data())[i];
        assertClose(`${what} ${name}`, [value], [right.logs[name]], 1e-4);
      }
      const { alive, step, m, v, memory, params } = right.state;
      assertEquals([after.alive, after.step], [alive, step], what);
      assertClose(`${what} m`, after.m, m, 1e-4);
      assertClose(`${what} v`, after.v, v, 2e-4);
      assertClose(`${what} memory`, after.memory, memory, 1e-5);
      // A gradient of nearly nothing has Adam's full step, by its sign.
      const sure = m.map((value, j) =>
        Math.abs(value) > 1e-4 * Math.max(...m.map(Math.abs)) ? j : -1
      ).filter((j) => j >= 0);
      const pick = (values: number[]) => sure.map((j) => values[j]);
      assertClose(`${what} params`, pick(after.params), pick(params), 2e-3);
      states.push(after);
    }
    tf.dispose(state);
    state = next;
    tf.dispose([logs, answers]);
  }
  tf.dispose([state, coefficient, startRewardsTensor]);
  return states;
}

type Pair<Signals, Answer> = [Method<Signals>, o.MethodOracle<Answer>];

const uniformly = (rewards: number[][], value: number) =>
  rewards.map((group) => group.map(() => value));
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
    const beta = uniformly(rewards, coefficient);
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
      const beta = uniformly(rewards, coefficient);
      const weights = o.each(rewards, o.best(2));
      return { beta, loss: o.tokenLoss(o.likelihood(weights), beta, k3) };
    },
  }],
  [entropyBonus, surrogateAnd(order, fixed)],
  [dpo, {
    offPolicy: true,
    terms: ({ coefficient, rewards }) => ({
      beta: uniformly(rewards, coefficient),
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
    const betas = uniformly(rewards, beta);
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
