import { assert, assertEquals, assertThrows } from "@std/assert";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import {
  flow,
  gardo,
  type Method,
  promptKlTargets,
  quantileBaselineAdrpo,
  startBaselineAdrpo,
  tokens,
} from "../../lib/methods/mod.ts";
import { type TokenSignals } from "../../lib/policies/tokens.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import {
  centred,
  overBaseline,
  perPrompt,
  standardised,
} from "./oracle/advantages.ts";
import { distance, flowLoss } from "./oracle/flow_losses.ts";
import { type Remembering } from "./oracle/iteration.ts";
import { clamp, mean } from "./oracle/numbers.ts";
import { divergences, surrogate, tokenLoss } from "./oracle/token_losses.ts";
import {
  assertIterates,
  flowWorld,
  startRewards,
  tokenWorld,
} from "./worlds.ts";

const quantile: Remembering = {
  start: (_, startRewards) => startRewards,
  remember: ({ rewards, memory }) =>
    memory.map((V, c) =>
      V + 0.1 * (0.9 - mean(rewards[c].map((r) => r < V ? 1 : 0)))
    ),
};
const fixed: Remembering = { start: (_, startRewards) => startRewards };

const baselines: [
  string,
  Remembering,
  Method<FlowVelocities>,
  Method<TokenSignals>,
][] = [
  [
    "quantile",
    quantile,
    quantileBaselineAdrpo(flow, 0.9),
    quantileBaselineAdrpo(tokens(), 0.9),
  ],
  ["start", fixed, startBaselineAdrpo(flow), startBaselineAdrpo(tokens())],
];

for (const [name, remembering, ofFlow, ofTokens] of baselines) {
  Deno.test(`two iterations over a ${name} baseline are the oracle's`, async () => {
    await assertIterates(flowWorld, ofFlow, {
      ...remembering,
      terms({ coefficient, rewards, memory }) {
        const beta = overBaseline(coefficient, rewards, memory);
        return {
          beta,
          loss: flowLoss(perPrompt(rewards, centred), beta),
        };
      },
    }, { iterations: 2 });
    await assertIterates(tokenWorld(2), ofTokens, {
      ...remembering,
      terms({ coefficient, rewards, memory }) {
        const A = perPrompt(rewards, standardised);
        const beta = overBaseline(coefficient, rewards, memory);
        return {
          beta,
          loss: tokenLoss(surrogate(A), beta, divergences.k3),
        };
      },
    }, { iterations: 2 });
  });
}

Deno.test("a quantile baseline can stay above all rewards", async () => {
  const { remember } = quantileBaselineAdrpo(flow, 0.9);
  const rewards = tf.fill([1, 1, 8], 0.2) as Tensor;
  const coefficient = tf.ones([1, 1, 1]) as Tensor;
  let baseline = tf.fill([1, 1, 1], 0.6) as Tensor;
  for (let i = 0; i < 20; i++) {
    const next = remember!({ coefficient, rewards }, { baseline });
    baseline.dispose();
    ({ baseline } = next as { baseline: Tensor });
  }
  const [V] = await baseline.data();
  // Twenty steps of a hundredth down.
  assert(Math.abs(V - 0.4) < 1e-5 && V > 0.2, `${V}`);
  tf.dispose([rewards, coefficient, baseline]);
});

Deno.test("iterations under a KL target per prompt are the oracle's", async () => {
  const states = await assertIterates(tokenWorld(2), promptKlTargets(), {
    start: () => startRewards.map(() => 0.1),
    terms({ rewards, memory }) {
      const A = perPrompt(rewards, standardised);
      const beta = rewards.map((group, c) => group.map(() => memory[c]));
      return {
        beta,
        loss: tokenLoss(surrogate(A), beta, divergences.k3),
      };
    },
    remember: ({ coefficient, divergence, rewards, memory }) =>
      memory.map((beta, c) => {
        const K = rewards[c].length;
        const kl = mean(divergence.slice(c * K, (c + 1) * K));
        const error = clamp(kl / coefficient - 1, -0.2, 0.2);
        return clamp(beta * (1 + error / 5), 1e-3, 10);
      }),
  }, { iterations: 2, grid: [0.5, 3] });
  const ends = states.slice(4).map(({ memory }) => memory);
  assert(ends.some(([first, second]) => first !== second), `${ends}`);
});

Deno.test("a target out of reach does not wind a beta up", async () => {
  const { start, remember } = promptKlTargets(tokens(), { horizon: 1 });
  const betas = async (kl: number, iterations: number, from?: number) => {
    const coefficient = tf.ones([1, 1, 1]) as Tensor;
    const told = {
      coefficient,
      rewards: tf.zeros([1, 2, 3]) as Tensor,
      divergence: tf.fill([1, 2, 3], kl) as Tensor,
    };
    let memory = start!(coefficient, undefined, 2);
    if (from !== undefined) {
      memory.beta.dispose();
      memory = { beta: tf.fill([1, 2, 1], from) as Tensor };
    }
    for (let i = 0; i < iterations; i++) {
      const next = remember!(told, memory);
      tf.dispose(memory);
      memory = next;
    }
    const values = [...await memory.beta.data()];
    tf.dispose([told, memory]);
    return values;
  };
  assertEquals(await betas(100, 80), [10, 10]);
  // From the bound it is back within a fifth an iteration.
  assertEquals(await betas(0, 1, 10), [8, 8]);
  assertEquals(
    (await betas(0, 80)).map(Math.fround),
    [1e-3, 1e-3].map(Math.fround),
  );
});

/** GARDO, by its authors' code, with one judge. */
const gardoTerms = (
  far: (a: number[], b: number[]) => number,
  judge: (answer: number[]) => number,
  share: number,
  advantages: (group: number[]) => number[],
) =>
({ coefficient, rewards, answers }: {
  coefficient: number;
  rewards: number[][];
  answers: number[][];
}) => {
  const flat = rewards.flat();
  const rank = (values: number[], i: number) =>
    mean(values.map((x) => x < values[i] ? 1 : x === values[i] ? 0.5 : 0));
  const judged = answers.map((one) => Math.fround(judge(one)));
  const above = flat.map((_, i) => rank(flat, i) - rank(judged, i));
  const disputed = flat.map((_, i) => i).filter((i) => above[i] > 1e-6)
    .toSorted((a, b) => above[b] - above[a] || a - b);
  const gated = disputed.slice(0, Math.floor(share * disputed.length));
  const A = rewards.map((group, c) => {
    const K = group.length;
    const own = answers.slice(c * K, (c + 1) * K);
    const nearest = own.map((a, i) =>
      Math.min(...own.filter((_, j) => j !== i).map((b) => far(a, b)))
    );
    return advantages(group).map((a, k) =>
      a > 0 && mean(nearest) > 0 ? a * nearest[k] / mean(nearest) : a
    );
  });
  const beta = rewards.map((group, c) =>
    group.map((_, k) => gated.includes(c * group.length + k) ? coefficient : 0)
  );
  return { A, beta };
};

Deno.test("an iteration of GARDO is the oracle's, of a flow and of a language model", async () => {
  const share = 0.75;
  const ofFlow = gardoTerms(
    (a, b) => Math.sqrt(distance(a, b)),
    ([x]) => x,
    share,
    centred,
  );
  await assertIterates(
    flowWorld,
    gardo(flow, {
      judge: (x1) => tf.squeeze(tf.slice(x1, [0, 0, 0], [-1, -1, 1]), [2]),
      share,
    }),
    {
      terms(at) {
        const { A, beta } = ofFlow(at);
        return { beta, loss: flowLoss(A, beta) };
      },
    },
  );
  const ofTokens = gardoTerms(
    (a, b) => mean(a.map((x, t) => x === b[t] ? 0 : 1)),
    (answer) => -answer[0],
    share,
    standardised,
  );
  await assertIterates(
    tokenWorld(2),
    gardo(tokens(), {
      judge: (answers) =>
        tf.neg(tf.cast(
          tf.squeeze(tf.slice(answers, [0, 0, 0], [-1, -1, 1]), [2]),
          "float32",
        )),
      share,
    }),
    {
      terms(at) {
        const { A, beta } = ofTokens(at);
        return {
          beta,
          loss: tokenLoss(surrogate(A), beta, divergences.k3),
        };
      },
    },
  );
});

Deno.test("options of these methods out of range are refused", () => {
  const bad = (make: () => unknown, message: string) =>
    assertThrows(make, Error, message);
  const judge = (x1: Tensor) => x1;
  bad(() => quantileBaselineAdrpo(flow, 1), "Expected q to be above 0");
  bad(() => quantileBaselineAdrpo(flow, NaN), "got NaN");
  bad(
    () => startBaselineAdrpo(flow).start!(tf.scalar(1) as Tensor),
    "startRewards, for the start baseline, got none",
  );
  bad(() => promptKlTargets(tokens(), { horizon: 0 }), "horizon");
  bad(
    () => promptKlTargets(tokens(), { gain: 1 } as never),
    'only horizon, got "gain"',
  );
  bad(
    () =>
      promptKlTargets().remember!(
        { coefficient: tf.ones([1, 1, 1]), rewards: tf.ones([1, 1, 2]) },
        { beta: tf.ones([1, 1, 1]) },
      ),
    "divergence, for the KL targets",
  );
  bad(() => gardo(flow, {} as never), "Expected judge to be a reward");
  bad(() => gardo(flow, { judge, share: 2 }), "Expected share to be from 0");
  bad(() => gardo(flow, { judge, part: 2 } as never), 'got "part"');
  bad(
    () => gardo(flow, { judge }).terms(tf.scalar(1), tf.ones([1, 1, 2]), {}),
    "Expected a sample",
  );
});
