import { assertRejects, assertThrows } from "@std/assert";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import {
  assertBroadcasts,
  assertCoefficient,
  assertFinite,
  assertFloats,
  assertPerEvent,
  assertPositive,
  assertPositiveInteger,
  assertSameShape,
} from "../../lib/tf/check.ts";

const notTensors = [undefined, [1, 2], 3] as unknown as Tensor[];

Deno.test("assertFloats() lets float32 pass and names what it refuses", () => {
  tf.tidy(() => {
    assertFloats("vt", tf.scalar(1));
    assertThrows(
      () => assertFloats("vt", tf.zeros([2], "int32")),
      TypeError,
      "Expected vt to be a float32 tensor, got int32",
    );
    assertThrows(
      () => assertFloats("vt", tf.zeros([0, 2])),
      TypeError,
      "Expected vt to have values, got shape [0,2]",
    );
  });
  for (const wrong of notTensors) {
    assertThrows(() => assertFloats("vt", wrong), TypeError, "Expected vt");
  }
});

Deno.test("assertSameShape() refuses shapes that would broadcast", () => {
  tf.tidy(() => {
    assertSameShape({ vt: tf.zeros([3, 2]), ut: tf.ones([3, 2]) });
    const vt = tf.zeros([3]);
    for (const shape of [[3, 1], [1, 3], [1], []]) {
      assertThrows(
        () => assertSameShape({ vt, ut: tf.zeros(shape) }),
        TypeError,
        `Expected ut of the shape of vt, [3], got [${shape}]`,
      );
    }
    assertThrows(
      () => assertSameShape({ vt, ut: tf.zeros([3], "bool") }),
      TypeError,
      "ut",
    );
    for (const wrong of notTensors) {
      assertThrows(
        () => assertSameShape({ vt: wrong, ut: vt }),
        TypeError,
        "vt",
      );
      assertThrows(() => assertSameShape({ vt, ut: wrong }), TypeError, "ut");
    }
  });
});

Deno.test("assertPerEvent() wants one value for each event", () => {
  tf.tidy(() => {
    const vt = tf.zeros([4, 3, 2]);
    assertPerEvent({ rewards: tf.zeros([4, 3]) }, { vt });
    assertPerEvent({ reward: tf.scalar(1) }, { vt: tf.zeros([2]) });
    for (const shape of [[4, 1], [3], [4, 3, 1], [4, 3, 2], []]) {
      assertThrows(
        () => assertPerEvent({ rewards: tf.zeros(shape) }, { vt }),
        TypeError,
        `Expected rewards of shape [4,3] for vt [4,3,2], got [${shape}]`,
      );
    }
    assertThrows(
      () => assertPerEvent({ rewards: tf.zeros([4, 3], "int32") }, { vt }),
      TypeError,
      "rewards",
    );
    assertThrows(
      () => assertPerEvent({ rewards: tf.scalar(1) }, { vt: tf.scalar(1) }),
      TypeError,
      "Expected vt of shape [..., D]",
    );
  });
});

Deno.test("assertCoefficient() takes numbers of 0 or more", () => {
  for (const value of [0, 0.5, 1e30]) assertCoefficient("beta", value, [3]);
  for (const value of [-1e-9, NaN, Infinity, -Infinity]) {
    assertThrows(
      () => assertCoefficient("beta", value, [3]),
      RangeError,
      `Expected beta to be finite and not negative, got ${value}`,
    );
  }
});

Deno.test("a coefficient tensor must broadcast without changing the shape", () => {
  tf.tidy(() => {
    for (const shape of [[], [5, 1], [1, 3], [5, 3], [1, 1]]) {
      assertCoefficient("beta", tf.ones(shape), [5, 3]);
      assertBroadcasts("beta", tf.ones(shape), [5, 3]);
    }
    for (const shape of [[3], [5], [3, 5], [5, 3, 1], [5, 2]]) {
      assertThrows(
        () => assertCoefficient("beta", tf.ones(shape), [5, 3]),
        TypeError,
        `Expected beta to broadcast against [5,3], got [${shape}]`,
      );
    }
    assertThrows(
      () => assertCoefficient("beta", tf.ones([5, 1], "int32"), [5, 3]),
      TypeError,
      "Expected beta to be a number or a float32 tensor, got int32",
    );
  });
  assertThrows(
    () => assertCoefficient("beta", undefined as unknown as number, [3]),
    TypeError,
    "Expected beta to be a number or a float32 tensor, got undefined",
  );
});

Deno.test("assertPositive() and assertPositiveInteger() name the value", () => {
  assertPositive("rtol", 1e-9);
  assertPositiveInteger("steps", 16);
  for (const value of [0, -1, NaN, Infinity]) {
    assertThrows(() => assertPositive("rtol", value), RangeError, `${value}`);
  }
  for (const value of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(
      () => assertPositiveInteger("steps", value),
      RangeError,
      `Expected steps to be a positive integer, got ${value}`,
    );
  }
});

Deno.test("assertFinite() finds the first value that is not finite", async () => {
  const tensors = [
    tf.tensor1d([1, -2]),
    tf.tensor2d([[1, 2], [-Infinity, NaN]]),
  ];
  await assertFinite("rewards", tensors[0]);
  await assertRejects(
    () => assertFinite("rewards", tensors[1]),
    RangeError,
    "Expected rewards to be finite, got -Infinity at index 2 of shape [2,2]",
  );
  tf.dispose(tensors);
});
