// What an iteration does to a population.
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  advantageWeighting,
  grpo,
  initOnline,
  type Method,
  onlineStep,
  orwCfmW2,
} from "../../lib/methods/mod.ts";
import { type Reward } from "../../lib/rewards/reward.ts";
import { tf } from "../../lib/tf/backend.ts";
import { stateGroup } from "../../lib/train/state.ts";
import { advance, cases, near, onlineOf, valuesOf } from "./populations.ts";

Deno.test("an iteration changes every parameter of every member, and nothing that it is given", async () => {
  for (const [policy, reward, [method]] of cases) {
    const online = onlineOf(policy, method, { grid: [0.1, 1] });
    const state = initOnline(online);
    const before = await valuesOf(state);
    const step = onlineStep(online, reward);
    const next = tf.tidy(() => step(state, tf.scalar(0, "int32")));
    assertEquals(await valuesOf(state), before);
    const after = await valuesOf(next.state);
    assertEquals(Object.keys(after), Object.keys(before));
    for (const name of Object.keys(stateGroup(state, "params"))) {
      const [old, now] = [before[`params/${name}`], after[`params/${name}`]];
      const size = old.length / 4;
      for (let member = 0; member < 4; member++) {
        const changed = old.slice(member * size, (member + 1) * size)
          .some((value, i) => value !== now[member * size + i]);
        assert(changed, `${name} of member ${member}`);
      }
    }
    for (const log of Object.values(next.logs)) assertEquals(log.shape, [4]);
    tf.dispose([state, next.state, next.logs, online.coefficient]);
  }
});

Deno.test("members of one seed share their draws; an iteration draws anew", async () => {
  for (const [policy, reward, [method]] of cases) {
    const online = onlineOf(policy, method, { grid: [0.1, 5] });
    const rewards = async (count: number) => {
      const { state, logs } = advance(online, reward, count);
      const values = Array.from(await logs.reward.data());
      tf.dispose([state, logs]);
      return values;
    };
    // Before the first update all settings have the same samples.
    const [first, second] = [await rewards(1), await rewards(2)];
    first.slice(0, 2).forEach((value, i) =>
      assert(Math.abs(value - first[2 + i]) < 1e-6)
    );
    assertNotEquals(first[0], first[1]);
    assertNotEquals(first, second);
    online.coefficient.dispose();
  }
});

Deno.test("a loss of groups of equal rewards moves a policy through the divergence alone", async () => {
  const equal: Reward = (answers) => tf.zeros(answers.shape.slice(0, 2));
  for (const [policy, , [method]] of cases) {
    const free = policy === cases[0][0] ? advantageWeighting : grpo();
    const of = async (grid: number[]) => {
      const online = onlineOf(policy, free as Method<unknown>, { grid });
      const { state, logs } = advance(online, equal, 3);
      const start = initOnline(online);
      const moved = await valuesOf(stateGroup(state, "params"));
      const before = await valuesOf(stateGroup(start, "params"));
      tf.dispose([state, logs, start, online.coefficient]);
      return [moved, before];
    };
    const [unmoved, start] = await of([0]);
    assertEquals(unmoved, start, method.name);
    // The flow starts at its reference, from which it is not pulled either.
    if (policy !== cases[0][0]) {
      const [held, start] = await of([1]);
      assertNotEquals(held, start);
    }
  }
});

Deno.test("an online run raises the reward", async () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  const method = orwCfmW2({ tau: 5 }) as Method<unknown>;
  const online = onlineOf(cases[0][0], method, { grid: [0.1], seeds });
  const reward = async (iterations: number) => {
    const { state, logs } = advance(online, near, iterations);
    const values = await logs.reward.data();
    tf.dispose([state, logs]);
    return Array.from(values).reduce((a, b) => a + b) / seeds.length;
  };
  const [first, last] = [await reward(1), await reward(40)];
  assert(last > first + 0.1, `${first} to ${last}`);
  online.coefficient.dispose();
});
