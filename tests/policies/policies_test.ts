import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { mlpVelocity } from "../../lib/models/mlp_velocity.ts";
import { repeatParams } from "../../lib/models/params.ts";
import {
  byPrompt,
  flowPolicy,
  frozenVelocity,
} from "../../lib/policies/flow.ts";
import { memberMean, shareDraws } from "../../lib/policies/policy.ts";
import { askEach, tokenPolicy } from "../../lib/policies/tokens.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { smallGpt } from "../models/small_gpt.ts";
import { evaluate } from "../evaluate.ts";

const model = mlpVelocity({ dim: 2, contexts: 2, width: 8, depth: 2 });
const reference = model.init(keys([0]));

const written = {
  model: smallGpt,
  reference: smallGpt.init(keys([1])),
  prompts: [[4, 5], [5, 1]],
  length: 3,
};

const distance = (a: number[], b: number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i])));

Deno.test("frozenVelocity() is the velocity of a population of copies", async () => {
  const points = () => ({
    xt: normal(keys([1, 2, 3]), [5, 2]),
    t: tf.sigmoid(normal(keys([4, 5, 6]), [5])),
    c: tf.tensor1d([0, 0, 1, 1, 1], "int32"),
  });
  const frozen = await evaluate(() =>
    frozenVelocity({ model, reference }, points())
  );
  const copies = await evaluate(() => {
    const { xt, t, c } = points();
    return model.velocity(repeatParams(reference, 3), xt, t, c);
  });
  assertEquals(frozen.shape, [3, 5, 2]);
  assert(distance(frozen.values, copies.values) < 1e-5);
});

Deno.test("byPrompt() parts all velocities alike", async () => {
  const flat = () => tf.reshape(tf.range(0, 24), [2, 6, 2]);
  for (const name of ["vt", "ut", "vRef"] as const) {
    const { shape, values } = await evaluate(() =>
      byPrompt({ vt: flat(), ut: flat(), vRef: flat() }, 3)[name]
    );
    assertEquals(shape, [2, 3, 2, 2]);
    assertEquals(values, Array.from({ length: 24 }, (_, i) => i));
  }
});

Deno.test("shareDraws() gives the members of one seed one draw, by setting, then by seed", async () => {
  const { shape, values } = await evaluate(() =>
    shareDraws(tf.tensor2d([[7, 8], [9, 10]]), 6)
  );
  assertEquals(shape, [6, 2]);
  assertEquals(values, [7, 8, 9, 10, 7, 8, 9, 10, 7, 8, 9, 10]);
});

Deno.test("memberMean() is over all but members", async () => {
  const { values } = await evaluate(() =>
    memberMean(tf.tensor3d([[[1, 2], [3, 6]], [[0, 0], [0, 4]]]))
  );
  assertEquals(values, [3, 1]);
});

Deno.test("each prompt is asked K times, one after the other", async () => {
  const { values } = await evaluate(() => askEach([[1, 2], [3, 4]], 2));
  assertEquals(values, [1, 2, 1, 2, 3, 4, 3, 4]);
  const once = await evaluate(() => askEach([[1, 2], [3, 4]]));
  assertEquals(once.values, [1, 2, 3, 4]);
});

Deno.test("what a policy says of M members has their shapes", () => {
  const draw = { keys: keys([3, 4]), perContext: 5 };
  const flows = flowPolicy({ model, reference }, { sampleSteps: 2 });
  const tokens = tokenPolicy({ ...written, stop: 2 });
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const params = flows.init(4);
    const sample = flows.draw(params, draw);
    assertEquals(sample.answers.shape, [4, 10, 2]);
    const anchor = flows.anchor!(sample, draw.keys);
    for (
      const velocity of Object.values(flows.signals(params, sample, anchor))
    ) {
      assertEquals(velocity.shape, [4, 2, 5, 2]);
    }
    assertEquals(flows.divergence, undefined);
  });
  tf.tidy(() => {
    const params = tokens.init(4);
    const sample = tokens.draw(params, draw);
    assertEquals(sample.answers.shape, [4, 10, 3]);
    assertEquals(sample.answers.dtype, "int32");
    const { logits, logitsRef, ...perToken } = tokens.signals(
      params,
      sample,
      {},
    );
    assertEquals(logits.shape, [4, 2, 5, 3, 4]);
    assertEquals(logitsRef.shape, logits.shape);
    for (const values of Object.values(perToken)) {
      assertEquals(values.shape, [4, 2, 5, 3]);
    }
    assertEquals(tokens.divergence!(sample).shape, [4, 2, 5]);
  });
  assertEquals(tf.memory().numTensors, before);
  draw.keys.dispose();
});

Deno.test("a fresh flow is at its reference, and a fresh language policy at its start", async () => {
  const key = keys([3]);
  const flows = flowPolicy({ model, reference }, { sampleSteps: 2 });
  const { values } = await evaluate(() => {
    const params = flows.init(1);
    const sample = flows.draw(params, { keys: key, perContext: 5 });
    const anchor = flows.anchor!(sample, key);
    const { vt, vRef } = flows.signals(params, sample, anchor);
    return tf.sub(vt, vRef);
  });
  assert(Math.max(...values.map(Math.abs)) < 1e-6);
  const start = smallGpt.init(keys([2]));
  const divergence = async (policy: ReturnType<typeof tokenPolicy>) =>
    (await evaluate(() => {
      const sample = policy.draw(policy.init(1), { keys: key, perContext: 5 });
      return policy.divergence!(sample);
    })).values;
  for (const value of await divergence(tokenPolicy(written))) {
    assert(Math.abs(value) < 1e-5);
  }
  assertNotEquals(
    Math.max(...(await divergence(tokenPolicy({ ...written, start })))),
    0,
  );
  tf.dispose([key, start]);
});

Deno.test("after a stop token nothing counts", async () => {
  const policy = tokenPolicy({ ...written, stop: 2 });
  const key = keys([3]);
  const sample = tf.tidy(() =>
    policy.draw(policy.init(1), { keys: key, perContext: 20 })
  );
  const tokens = await sample.answers.array() as number[][][];
  const mask = (await sample.mask.array() as number[][][][])[0].flat();
  tokens[0].forEach((row, n) => {
    const end = row.indexOf(2);
    assertEquals(mask[n], row.map((_, t) => end < 0 || t <= end ? 1 : 0));
  });
  const ended = mask.flat().filter((value) => value === 0).length;
  assert(ended > 0, "no completion ended early");
  // Losses of what does not count change no mean.
  const { values: [one, other] } = await evaluate(() => {
    const losses = tf.ones(sample.mask.shape);
    const spoilt = tf.where(tf.cast(sample.mask, "bool"), losses, NaN);
    return tf.concat([
      policy.reduce(losses, sample),
      policy.reduce(spoilt, sample),
    ]);
  });
  assertEquals([one, other], [1, 1]);
  tf.dispose([key, sample]);
});

Deno.test("a flow of no steps is refused", () => {
  for (const sampleSteps of [0, -1, 1.5, NaN]) {
    assertThrows(
      () => flowPolicy({ model, reference }, { sampleSteps }),
      RangeError,
      `sampleSteps to be a positive integer, got ${sampleSteps}`,
    );
  }
});
