import { assertEquals, assertThrows } from "@std/assert";
import { compile, loop } from "../../lib/compile/mod.ts";
import { canTrace } from "../../lib/compile/native_backend.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";

/** Calls again and again, for as long as a change may go unseen. */
function callOn(call: () => void) {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) call();
}

function testChange(
  name: string,
  make: () => { f: (x: Tensor) => Tensor; change: () => void },
  message: string,
) {
  Deno.test({
    name: `a change is found: ${name}`,
    ignore: !canTrace,
    fn: () => {
      const { f, change } = make();
      using compiled = compile(f);
      const x = tf.tensor1d([1, 2]);
      const before = tf.memory().numTensors;
      const call = () => compiled(x).dispose();
      for (let i = 0; i < 5; i++) call();
      change();
      assertThrows(() => callOn(call), Error, message);
      assertThrows(call, Error, message); // Not once only.
      assertEquals(tf.memory().numTensors <= before, true);
    },
  });
}

testChange(
  "of a number",
  () => {
    let beta = 0.5;
    return { f: (x) => tf.mul(x, beta), change: () => beta = 0.25 };
  },
  "a constant was 0.5, is 0.25 at file:",
);
testChange(
  "of a number inside of a gradient",
  () => {
    let beta = 1;
    const f = (x: Tensor) => tf.grad((x) => tf.sum(tf.mul(x, beta)))(x);
    return { f, change: () => beta = 2 };
  },
  "a constant was 1, is 2",
);
testChange(
  "of an array",
  () => {
    const weights = [1, 2];
    return {
      f: (x) => tf.mul(x, tf.tensor1d(weights)),
      change: () => weights[1] = 3,
    };
  },
  "a constant was 2, is 3",
);
testChange(
  "of a large constant",
  () => {
    let scale = 2;
    return {
      f: (x) => tf.mul(tf.sum(tf.fill([100], scale)), x),
      change: () => scale = 3,
    };
  },
  "a constant was 2, is 3",
);
testChange(
  "of an attribute",
  () => {
    let exclusive = false;
    return {
      f: (x) => tf.cumsum(x, 0, exclusive),
      change: () => exclusive = true,
    };
  },
  'exclusive of Cumsum was {"bool":false}, is {"bool":true}',
);
testChange(
  "of a branch",
  () => {
    let square = true;
    return {
      f: (x) => square ? tf.square(x) : tf.neg(x),
      change: () => square = false,
    };
  },
  "Neg takes the place of Square",
);
testChange(
  "of what an op takes",
  () => {
    let swap = false;
    return {
      f: (x) => {
        const y = tf.neg(x);
        return swap ? tf.sub(y, x) : tf.sub(x, y);
      },
      change: () => swap = true,
    };
  },
  "Sub took",
);
testChange(
  "of what is returned",
  () => {
    let first = true;
    return {
      f: (x) => [tf.square(x), tf.neg(x)][first ? 0 : 1],
      change: () => first = false,
    };
  },
  "it returns other values",
);
testChange(
  "of a loop's count",
  () => {
    let n = 2;
    return { f: (x) => loop(n, x, (x) => tf.mul(x, 2)), change: () => n = 3 };
  },
  "a constant was 2, is 3",
);
testChange(
  "of a loop's body",
  () => {
    let rate = 2;
    return {
      f: (x) => loop(3, x, (x) => tf.mul(x, rate)),
      change: () => rate = 4,
    };
  },
  "a constant was 2, is 4",
);
testChange(
  "of the tensor that is closed over",
  () => {
    let weights = tf.tensor1d([1, 2]) as Tensor;
    const other = tf.tensor1d([3, 4]);
    return { f: (x) => tf.mul(x, weights), change: () => weights = other };
  },
  "it closes over another tensor, float32 [2]",
);
testChange(
  "by the disposal of a tensor that is closed over",
  () => {
    const weights = tf.ones([2]);
    return { f: (x) => tf.mul(x, weights), change: () => weights.dispose() };
  },
  "float32 [2], was disposed or assigned",
);
testChange(
  "by an assignment to a variable that is closed over",
  () => {
    const weights = tf.variable(tf.ones([2]));
    return {
      f: (x) => tf.mul(x, weights),
      change: () => tf.tidy(() => weights.assign(tf.zeros([2]))),
    };
  },
  "float32 [2], was assigned",
);

Deno.test({
  name: "a value that differs at each call is found at the second",
  ignore: !canTrace,
  fn: () => {
    let calls = 0;
    using f = compile((x: Tensor) => tf.mul(x, ++calls));
    f(1);
    assertThrows(() => f(1), Error, "a constant was 1, is 2");
  },
});

Deno.test({
  name: "a state is not pushed beside a tensor that was disposed",
  ignore: !canTrace,
  fn: () => {
    const weights = tf.ones([300]); // Too large for a constant.
    using step = compile(({ x }: { x: Tensor }) => ({
      state: { x: tf.add(x, weights) },
    }), { resident: true });
    const state = { x: tf.zeros([300]) };
    step.push(state);
    step();
    weights.dispose();
    step.push(state);
    assertThrows(() => step(), Error, "float32 [300], was disposed");
    state.x.dispose();
  },
});

Deno.test({
  name: "a change that no call found is found when the state is pulled",
  ignore: !canTrace,
  fn: () => {
    let rate = 1;
    using step = compile(({ x }: { x: Tensor }) => ({
      state: { x: tf.add(x, rate) },
    }), { resident: true });
    step.push({ x: tf.scalar(0) });
    for (let i = 0; i < 5; i++) step();
    rate = 2;
    step();
    assertThrows(() => step.pull(), Error, "a constant was 1, is 2");
  },
});
