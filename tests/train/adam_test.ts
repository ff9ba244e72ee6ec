import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import {
  type AdamOptions,
  type AdamState,
  adamUpdate,
  gradientAgreement,
  initAdam,
} from "../../lib/train/adam.ts";

const noClip = { learningRate: 0.1, clipNorm: Infinity };

/** Updates one time after the other, with the gradients given. */
function updates(
  start: Record<string, Tensor>,
  gradients: Record<string, Tensor>[],
  options: AdamOptions,
) {
  let params = start;
  let adam: AdamState = initAdam(start);
  for (const grads of gradients) {
    ({ params, adam } = adamUpdate({ params, grads, adam }, options));
  }
  return { params, adam };
}

Deno.test("adamUpdate() takes the first two steps of the paper's algorithm", async () => {
  const { params, adam } = tf.tidy(() =>
    updates(
      { w: tf.tensor2d([[1]]) },
      [{ w: tf.tensor2d([[2]]) }, { w: tf.tensor2d([[-1]]) }],
      { ...noClip, epsilon: 0.5 },
    )
  );
  // Step 1: m = 0.2, v = 0.004; mHat = 2, vHat = 4;
  //   w = 1 - 0.1 * 2 / (2 + 0.5) = 0.92
  // Step 2: m = 0.9 * 0.2 - 0.1 = 0.08, v = 0.999 * 0.004 + 0.001 = 0.004996
  //   mHat = 0.08 / 0.19 = 0.421053, vHat = 0.004996 / 0.001999 = 2.499250
  //   w = 0.92 - 0.1 * 0.421053 / (1.580902 + 0.5) = 0.899766
  assertAlmostEquals((await params.w.data())[0], 0.899766, 1e-6);
  assertAlmostEquals((await adam.m.data())[0], 0.08, 1e-7);
  assertAlmostEquals((await adam.v.data())[0], 0.004996, 1e-8);
  assertEquals([...await adam.step.data()], [2]);
  tf.dispose([params, adam]);
});

Deno.test("adamUpdate() agrees with tf.train.adam over twenty steps", async () => {
  const target = tf.tensor2d([[1, -2, 3]]);
  const epsilon = 1e-7;
  const optimizer = tf.train.adam(0.1, 0.9, 0.999, epsilon);
  const variable = tf.variable(tf.zeros([1, 3]));
  const start: Record<string, Tensor> = { w: tf.zeros([1, 3]) };
  let state = { params: start, adam: initAdam(start) };
  for (let i = 0; i < 20; i++) {
    optimizer.minimize(() => tf.sum(tf.square(tf.sub(variable, target))));
    const next = tf.tidy(() => {
      const grads = { w: tf.mul(tf.sub(state.params.w, target), 2) };
      return adamUpdate({ ...state, grads }, { ...noClip, epsilon });
    });
    tf.dispose(state);
    state = next;
  }
  const expected = await variable.data();
  (await state.params.w.data()).forEach((value, i) =>
    // Its 1 - 0.999 in float32 is off by 2e-5 of itself; steps total about 2.
    assertAlmostEquals(value, expected[i], 4e-5)
  );
  tf.dispose([target, variable, state]);
  optimizer.dispose();
});

Deno.test("adamUpdate() clips each member by its own norm over all parameters", async () => {
  const { adam, gradNorm } = tf.tidy(() => {
    const params = { a: tf.zeros([2, 1]), b: tf.zeros([2, 1, 1]) };
    const grads = {
      a: tf.tensor2d([[3], [0.3]]),
      b: tf.tensor3d([[[-4]], [[-0.4]]]),
    };
    const adam = initAdam(params);
    return adamUpdate({ params, grads, adam }, {
      learningRate: 1,
      clipNorm: 1,
    });
  });
  // Norms 5 and 0.5: the first gradient becomes (0.6, -0.8), the second stays.
  const expected = [
    5,
    0.5,
    0.06,
    -0.08,
    0.03,
    -0.04,
    3.6e-4,
    6.4e-4,
    9e-5,
    1.6e-4,
  ];
  const values = await Promise.all(
    [gradNorm, adam.m, adam.v].map((tensor) => tensor.data()),
  );
  values.flatMap((part) => [...part]).forEach((value, i) =>
    assertAlmostEquals(value, expected[i], 1e-6)
  );
  tf.dispose([adam, gradNorm]);
});

Deno.test("adamUpdate() takes a rate for all, as a number or a scalar, or one a member", async () => {
  const step = (learningRate: number | Tensor) => {
    const start = { w: tf.zeros([2, 1]) };
    return updates(start, [{ w: tf.ones([2, 1]) }], { ...noClip, learningRate })
      .params.w;
  };
  const all = tf.tidy(() =>
    tf.stack([0.1, tf.scalar(0.1), tf.tensor1d([0.1, 0.3])].map(step))
  );
  const expected = [-0.1, -0.1, -0.1, -0.1, -0.1, -0.3];
  (await all.data()).forEach((value, i) =>
    assertAlmostEquals(value, expected[i], 1e-6)
  );
  all.dispose();
});

Deno.test("adamUpdate() leaves a member with a zero gradient where it is", async () => {
  const { params } = tf.tidy(() =>
    updates({ w: tf.tensor2d([[7]]) }, [{ w: tf.zeros([1, 1]) }], {
      learningRate: 1,
      clipNorm: 1,
    })
  );
  assertEquals([...await params.w.data()], [7]);
  tf.dispose(params);
});

Deno.test("adamUpdate() lets a non-finite gradient spoil its own member only", async () => {
  const next = (bad: number) =>
    tf.tidy(() =>
      updates(
        { w: tf.tensor2d([[1, 2], [3, 4]]) },
        [{ w: tf.tensor2d([[bad, 1], [0.2, -3]]) }],
        { learningRate: 0.1, clipNorm: 1 },
      ).params.w
    );
  const healthy = next(1);
  const expected = (await healthy.array() as number[][])[1];
  for (const bad of [NaN, Infinity]) {
    const spoilt = next(bad);
    const [first, second] = await spoilt.array() as number[][];
    assert(first.some(Number.isNaN));
    assertEquals(second, expected);
    spoilt.dispose();
  }
  healthy.dispose();
});

Deno.test("adamUpdate() leaks no tensor and keeps its inputs", () => {
  const params = { a: tf.zeros([2, 3]), b: tf.zeros([2, 1, 2]) };
  const grads = { a: tf.ones([2, 3]), b: tf.ones([2, 1, 2]) };
  const adam = initAdam(params);
  const before = tf.memory().numTensors;
  const next = adamUpdate({ params, grads, adam }, noClip);
  assertEquals(tf.memory().numTensors, before + 6);
  tf.dispose(next);
  assertEquals(tf.memory().numTensors, before);
  tf.dispose([params, grads, adam]);
});

Deno.test("adamUpdate() refuses shapes and values that do not fit", () => {
  tf.tidy(() => {
    const params = { w: tf.zeros([2, 3]) };
    const adam = initAdam(params);
    const update = (grads: Record<string, Tensor>, memory = adam) => () =>
      adamUpdate({ params, grads, adam: memory }, noClip);
    assertThrows(update({}), TypeError, '"w" of shape [2,3], got [undefined]');
    assertThrows(update({ w: tf.zeros([2, 1]) }), TypeError, "got [2,1]");
    assertThrows(
      update({ w: tf.zeros([2, 3]) }, initAdam({ w: tf.zeros([2, 4]) })),
      TypeError,
      "4 values a member, got [3]",
    );
    for (const learningRate of [0, NaN]) {
      assertThrows(
        () =>
          adamUpdate({ params, grads: params, adam }, {
            ...noClip,
            learningRate,
          }),
        RangeError,
        `learningRate to be positive and finite, got ${learningRate}`,
      );
    }
    for (const clipNorm of [0, -1, NaN]) {
      assertThrows(
        () =>
          adamUpdate({ params, grads: params, adam }, { ...noClip, clipNorm }),
        RangeError,
        `clipNorm to be positive, got ${clipNorm}`,
      );
    }
  });
});

Deno.test("gradientAgreement() is of all updates since, whatever their length, and 0 without a gradient", async () => {
  // Before: (1, 1) for three members. Two updates leave 0.81 of it.
  const before = { m: tf.tensor2d([[1, 1], [1, 1], [1, 1], [0, 0]]) };
  const came = [[2, 2], [0.3, 0], [-1e-4, -1e-4], [1, 0]];
  const after = {
    m: tf.tensor2d(came.map((g, i) => g.map((x) => x + (i < 3 ? 0.81 : 0)))),
  };
  const tensors = tf.memory().numTensors;
  const agreement = gradientAgreement(before, after, 2);
  assertEquals(tf.memory().numTensors, tensors + 1);
  // (0.3, 0) is at 45 degrees to (1, 1); the last had no gradient before.
  const expected = [1, Math.SQRT1_2, -1, 0];
  (await agreement.data()).forEach((value, i) =>
    assertAlmostEquals(value, expected[i], 2e-3)
  );
  tf.dispose([before, after, agreement]);
});
