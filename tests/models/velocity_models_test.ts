import {
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { guidedVelocity } from "../../lib/models/guided_velocity.ts";
import { mlpVelocity } from "../../lib/models/mlp_velocity.ts";
import { type Params } from "../../lib/models/params.ts";
import { transformerVelocity } from "../../lib/models/transformer_velocity.ts";
import { type VelocityModel } from "../../lib/models/velocity_model.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { foldIn, keys, normal } from "../../lib/tf/random.ts";
import { valueAndGrads } from "../../lib/train/value_and_grads.ts";
import { assertClose, inputs, moved, samples } from "./velocity_inputs.ts";

const models: Record<string, VelocityModel> = {
  jointVelocity: moved,
  guidedVelocity: guidedVelocity(moved, { scale: 2.5 }),
  mlpVelocity: mlpVelocity({ dim: 3, contexts: 4, width: 8, depth: 3 }),
  transformerVelocity: transformerVelocity({
    side: 6,
    patch: 3,
    width: 8,
    depth: 2,
    heads: 2,
    contexts: 4,
  }),
};

for (const [name, model] of Object.entries(models)) {
  Deno.test(`${name}() computes a member as if it were alone`, async () => {
    const all = inputs(model);
    const one = inputs(model, [2]);
    const [own, alone] = tf.tidy(() => [
      tf.slice(model.velocity(all.params, all.xt, all.t, all.c), [1], [1]),
      model.velocity(one.params, one.xt, one.t, one.c),
    ]);
    assertEquals(own.shape, [1, samples, model.dim]);
    await assertClose(own, alone);
    tf.dispose([all, one, own, alone]);
  });

  Deno.test(`${name}() takes one time for all or one time a sample`, async () => {
    const { params, xt, c, ...rest } = inputs(model);
    const [scalar, filled] = tf.tidy(() => [
      model.velocity(params, xt, tf.scalar(0.3), c),
      model.velocity(params, xt, tf.fill([3, samples], 0.3), c),
    ]);
    await assertClose(scalar, filled);
    tf.dispose([params, xt, c, rest, scalar, filled]);
  });

  Deno.test(`${name}() treats each sample by its own point, time and context`, async () => {
    const { params, xt, t, c, ut } = inputs(model);
    const velocity = (xt: Tensor, t: Tensor, c: Tensor) =>
      tf.tidy(() =>
        tf.squeeze(tf.slice(model.velocity(params, xt, t, c), 1, 1))
      );
    const rows = async (velocities: Tensor) => {
      const values = await velocities.array() as number[][];
      velocities.dispose();
      return values.map((row) => row.map((value) => value.toFixed(5)).join());
    };
    const first = tf.tensor([1, 0, 0, 0, 0], [samples]);
    const base = await rows(velocity(xt, t, c));
    const changed = tf.tidy(() => [
      velocity(tf.add(xt, tf.expandDims(first, 1)), t, c),
      velocity(xt, tf.add(t, tf.mul(first, 0.2)), c),
      velocity(xt, t, tf.add(c, tf.cast(first, "int32"))),
    ]);
    for (const tensor of changed) {
      const now = await rows(tensor);
      assertNotEquals(now[0], base[0]);
      assertEquals(now.slice(1), base.slice(1));
    }
    tf.dispose([params, xt, t, c, ut, first]);
  });

  Deno.test(`${name}() has the gradient that finite differences give`, async () => {
    const { params, xt, t, c, ut } = inputs(model);
    const loss = (params: Params) =>
      tf.mean(tf.square(tf.sub(model.velocity(params, xt, t, c), ut)), [1, 2]);
    const { losses, grads } = valueAndGrads(params, loss);
    for (const [index, parameter] of Object.keys(params).entries()) {
      // Along a random direction of one parameter; members are independent.
      const [slope, difference] = tf.tidy((): Tensor[] => {
        const { shape } = params[parameter];
        const axes = shape.map((_, axis) => axis).slice(1);
        const direction = normal(
          foldIn(keys([1, 2, 3]), 200 + index),
          shape.slice(1),
        );
        const along = (step: number) =>
          loss({
            ...params,
            [parameter]: tf.add(params[parameter], tf.mul(direction, step)),
          });
        const step = 1e-2;
        return [
          tf.sum(tf.mul(grads[parameter], direction), axes),
          tf.div(tf.sub(along(step), along(-step)), 2 * step),
        ];
      });
      const expected = await difference.data();
      (await slope.data()).forEach((value, member) => {
        assertNotEquals(value, 0, parameter);
        assertAlmostEquals(
          value,
          expected[member],
          2e-3 + 0.02 * Math.abs(expected[member]),
          `${parameter} of member ${member}`,
        );
      });
      tf.dispose([slope, difference]);
    }
    tf.dispose([params, xt, t, c, ut, losses, grads]);
  });

  Deno.test(`${name}() starts with the same parameters from the same seed`, async () => {
    const [a, b] = [inputs(model).params, inputs(model).params];
    for (const parameter of Object.keys(a)) {
      assertEquals(await a[parameter].data(), await b[parameter].data());
    }
    tf.dispose([a, b]);
  });

  Deno.test(`${name}() leaks no tensor`, () => {
    const { params, xt, t, c, ut } = inputs(model);
    const before = tf.memory().numTensors;
    const velocity = model.velocity(params, xt, t, c);
    assertEquals(tf.memory().numTensors, before + 1);
    tf.dispose([velocity, params, xt, t, c, ut]);
  });

  Deno.test(`${name}() refuses shapes that do not fit`, () => {
    const { dim } = model;
    const { params, xt, t, c, ut } = inputs(model);
    tf.tidy(() => {
      const refuses = (message: string, ...[x, time, context]: Tensor[]) =>
        assertThrows(
          () => model.velocity(params, x, time, context),
          TypeError,
          message,
        );
      refuses("expected xt", tf.zeros([2, samples, dim]), t, c);
      refuses("expected xt", tf.zeros([3, samples, dim + 1]), t, c);
      refuses("expected xt", tf.zeros([samples, dim]), t, c);
      refuses("expected t", xt, tf.zeros([samples]), c);
      refuses("expected t", xt, tf.zeros([3, samples, 1]), c);
      refuses("expected t", xt, tf.zeros([3, 1]), c);
      refuses("expected c", xt, t, tf.zeros([samples + 1], "int32"));
      refuses("expected c", xt, t, tf.zeros([samples]));
      refuses("expected c", xt, t, tf.zeros([3, samples], "int32"));
    });
    tf.dispose([params, xt, t, c, ut]);
  });
}
