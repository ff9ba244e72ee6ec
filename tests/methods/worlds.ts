// The worlds in which iterations of lib are compared with the oracle's: a flow and a
// language model, too small to learn much.
import { assert, assertEquals } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import {
  initOnline,
  type Method,
  type Online,
  onlineStep,
} from "../../lib/methods/mod.ts";
import { drawAnswers, writersOf } from "../../lib/methods/iteration.ts";
import { mlpVelocity } from "../../lib/models/mlp_velocity.ts";
import { mapParams, type Params } from "../../lib/models/params.ts";
import { flowPolicy } from "../../lib/policies/flow.ts";
import { type Policy } from "../../lib/policies/policy.ts";
import { tokenPolicy } from "../../lib/policies/tokens.ts";
import { type Reward } from "../../lib/rewards/reward.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { joinState, type State } from "../../lib/train/state.ts";
import { smallGpt } from "../models/small_gpt.ts";
import { flowOracle } from "./oracle/flow_policy.ts";
import {
  type Budget,
  iterate,
  type MemberState,
  type MethodOracle,
  type PolicyOracle,
} from "./oracle/iteration.ts";
import { tokenOracle } from "./oracle/token_policy.ts";

export const seeds = [3, 8];
export const startRewards = [0.3, 0.6];
export const budget: Budget = {
  perContext: 4,
  updates: 2,
  learningRate: 0.02,
  clipNorm: 0.5,
  divergedAbove: 1e6,
};

/** A policy, the same by the oracle, where members start, and a reward. */
export interface World<Signals, Answer> {
  policy: Policy<Signals>;
  oracle: PolicyOracle<Answer>;
  start(seed: number): Params;
  reward: Reward;
}

const velocity = mlpVelocity({ dim: 2, contexts: 2, width: 5, depth: 2 });
const flowReference = velocity.init(keys([100]));
export const flowWorld = {
  policy: flowPolicy({ model: velocity, reference: flowReference }, {
    sampleSteps: 3,
  }),
  oracle: flowOracle({
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

/** A model that is sure of itself: fresh ones write all tokens alike. */
const sure = (seed: number): Params => {
  const params = smallGpt.init(keys([seed]));
  return { ...params, "output/kernel": tf.mul(params["output/kernel"], 5) };
};
const languageReference = sure(101);
const prompts = [[4, 5], [5, 1]];
export const tokenWorld = (stop?: number) => {
  const options = {
    model: smallGpt,
    reference: languageReference,
    prompts,
    length: 3,
    stop,
  };
  return {
    policy: tokenPolicy(options),
    oracle: tokenOracle(options),
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
async function memberOf(state: State, i: number): Promise<MemberState> {
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
    anchor: await group("reference"),
    alive: (await own(state.alive))[0],
  };
}

export function assertClose(
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
export async function assertIterates<Signals, Answer>(
  { policy, oracle, start, reward }: World<Signals, Answer>,
  method: Method<Signals>,
  expected: MethodOracle<Answer>,
  { grid = [0.3, 0.9], iterations = 1, limits = budget }: {
    grid?: number[];
    iterations?: number;
    limits?: Budget;
  } = {},
): Promise<MemberState[]> {
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
    ...joinState({
      params,
      reference: method.anchor
        ? tf.tidy(() => mapParams(params, tf.clone))
        : {},
    }),
  };
  const step = onlineStep(online, reward);
  using compiled = compile((state: State, iteration: Tensor) => ({
    ...step(state, iteration),
    answers: drawAnswers(online, writersOf(state), iteration).answers,
  }));
  const states: MemberState[] = [];
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
      if (expected.anchor && iteration === 0) before.anchor = before.params;
      const right = await iterate(oracle, expected, before, {
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
      const { alive, step, m, v, memory, params, anchor } = right.state;
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
      if (anchor.length > 0) {
        assertClose(`${what} anchor`, pick(after.anchor), pick(anchor), 2e-3);
      }
      states.push(after);
    }
    tf.dispose(state);
    state = next;
    tf.dispose([logs, answers]);
  }
  tf.dispose([state, coefficient, startRewardsTensor]);
  return states;
}
