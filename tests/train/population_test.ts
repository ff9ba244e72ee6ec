import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { mlpVelocity } from "../../lib/models/mlp_velocity.ts";
import { transformerVelocity } from "../../lib/models/transformer_velocity.ts";
import { type VelocityModel } from "../../lib/models/velocity_model.ts";
import { tf } from "../../lib/tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../../lib/tf/random.ts";
import { adamUpdate, initAdam } from "../../lib/train/adam.ts";
import { joinState, type State, stateGroup } from "../../lib/train/state.ts";
import { train } from "../../lib/train/train.ts";
import { type Step } from "../../lib/train/train_options.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";

const models: Record<string, VelocityModel> = {
  mlpVelocity: mlpVelocity({ dim: 2, contexts: 2, width: 8, depth: 2 }),
  transformerVelocity: transformerVelocity({
    side: 4,
    patch: 2,
    width: 8,
    depth: 1,
    heads: 2,
    contexts: 2,
  }),
};

/** A state whose keys travel with it, so that a member is what its seed makes it. */
function start(model: VelocityModel, seeds: number[]): State {
  return tf.tidy(() => {
    const key = keys(seeds);
    const params = model.init(key);
    return joinState({ params, adam: initAdam(params), key });
  });
}

/** One step of regression on a fixed velocity. */
function regress(model: VelocityModel): Step {
  return (state, iteration) => {
    const params = stateGroup(state, "params");
    const key = foldIn(state.key, iteration);
    const xt = normal(foldIn(key, 0), [6, model.dim]);
    const t = uniform(foldIn(key, 1), [6]);
    const c = tf.tensor1d([0, 1, 0, 1, 0, 1], "int32");
    const { losses, grads } = valueAndGrads(params, (params) => {
      const vt = model.velocity(params, xt, t, c);
      return tf.mean(tf.square(tf.add(vt, tf.sub(xt, 1))), [1, 2]);
    });
    const adam = stateGroup(state, "adam");
    const { gradNorm, ...next } = adamUpdate({ params, grads, adam }, {
      learningRate: 0.01,
      clipNorm: 1,
    });
    return {
      state: joinState({ ...next, key: state.key }),
      logs: { loss: losses, gradNorm },
    };
  };
}

async function run(model: VelocityModel, seeds: number[], iterations: number) {
  const { state, logs } = await train({
    state: start(model, seeds),
    step: regress(model),
    iterations,
    logEvery: 1,
  });
  return { state, logs };
}

for (const [name, model] of Object.entries(models)) {
  Deno.test(`a member of a population of ${name}() trains as if it were alone`, async () => {
    const together = await run(model, [4, 5, 6], 8);
    const alone = await run(model, [5], 8);
    const own = together.logs.filter(({ member }) => member === 1);
    assertEquals(own.length, 8);
    own.forEach(({ loss }, i) =>
      assertAlmostEquals(loss as number, alone.logs[i].loss as number, 1e-4)
    );
    for (const parameter of Object.keys(alone.state)) {
      const all = await together.state[parameter].data();
      const expected = await alone.state[parameter].data();
      expected.forEach((value, i) =>
        assertAlmostEquals(all[expected.length + i], value, 1e-3, parameter)
      );
    }
    tf.dispose([together.state, alone.state]);
  });

  Deno.test(`every parameter of ${name}() changes in one step, and the loss falls in fifty`, async () => {
    const before = start(model, [1, 2]);
    const { state: after } = await run(model, [1, 2], 1);
    for (const parameter of Object.keys(stateGroup(before, "params"))) {
      const old = await before[`params/${parameter}`].data();
      const now = await after[`params/${parameter}`].data();
      const half = old.length / 2;
      for (const member of [0, 1]) {
        const changed = old.subarray(member * half, (member + 1) * half)
          .some((value, i) => value !== now[member * half + i]);
        assert(changed, `${parameter} of member ${member}`);
      }
    }
    const { state, logs } = await run(model, [1, 2], 50);
    for (const member of [0, 1]) {
      const losses = logs.filter((row) => row.member === member)
        .map(({ loss }) => loss as number);
      const mean = (values: number[]) =>
        values.reduce((a, b) => a + b) / values.length;
      assert(mean(losses.slice(-5)) < 0.8 * mean(losses.slice(0, 5)));
    }
    tf.dispose([before, after, state]);
  });

  Deno.test(`the same seeds train ${name}() to the same bits`, async () => {
    const [a, b] = [await run(model, [3, 4], 5), await run(model, [3, 4], 5)];
    assertEquals(a.logs, b.logs);
    for (const entry of Object.keys(a.state)) {
      assertEquals(await a.state[entry].data(), await b.state[entry].data());
    }
    tf.dispose([a.state, b.state]);
  });
}
