import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { type CtcInputs, ctcLoss } from "../../lib/losses/ctc.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import reference from "./fixtures/ctc.json" with { type: "json" };

const inputs = (): CtcInputs => ({
  logits: tf.tensor3d(reference.logits),
  targets: tf.tensor2d(reference.targets, undefined, "int32"),
  lengths: tf.tensor1d(reference.lengths, "int32"),
});

function close(actual: ArrayLike<number>, expected: number[], within = 1e-4) {
  assertEquals(actual.length, expected.length);
  expected.forEach((value, i) => assertAlmostEquals(actual[i], value, within));
}

Deno.test("ctcLoss() and its gradient are PyTorch's", async () => {
  const { logits, ...said } = inputs();
  const losses = ctcLoss({ logits, ...said });
  close(await losses.data(), reference.losses);
  const gradient = tf.grad((logits) =>
    tf.sum(tf.mul(reference.weights, ctcLoss({ logits, ...said })))
  )(logits);
  close(await gradient.data(), reference.gradient.flat(2));
  tf.dispose([logits, said, losses, gradient]);
});

Deno.test("ctcLoss() compiles, and gives the same", async () => {
  const given = inputs();
  using compiled = compile((given: Record<string, Tensor>) =>
    ctcLoss(given as CtcInputs)
  );
  const losses = compiled(given);
  close(await losses.data(), reference.losses);
  tf.dispose([given, losses]);
});

Deno.test("ctcLoss() of nothing said is that of blanks alone", async () => {
  const { logits, targets, lengths } = inputs();
  const none = tf.zerosLike(lengths);
  const losses = ctcLoss({ logits, targets, lengths: none });
  close(await losses.data(), reference.silent);
  tf.dispose([logits, targets, lengths, none, losses]);
});

Deno.test("ctcLoss() of more than the frames can say is Infinity, its gradient 0", async () => {
  const logits = tf.zeros([2, 2, 3]);
  // A repeat needs a blank between: three frames.
  const targets = tf.tensor2d([[1, 1], [1, 2]], [2, 2], "int32");
  const lengths = tf.tensor1d([2, 2], "int32");
  const { value, grad } = tf.valueAndGrad((logits: Tensor) =>
    tf.sum(tf.mul([0, 1], ctcLoss({ logits, targets, lengths })))
  )(logits);
  const losses = ctcLoss({ logits, targets, lengths });
  close([...await losses.data()].slice(1), [Math.log(9)]);
  assertEquals((await losses.data())[0], Infinity);
  assertEquals([...await grad.data()].slice(0, 6).every((x) => x === 0), true);
  tf.dispose([logits, targets, lengths, value, grad, losses]);
});

Deno.test("what ctcLoss() cannot compare is refused", () => {
  const { logits, targets, lengths } = inputs();
  const refuses = (changed: Partial<CtcInputs>) =>
    assertThrows(
      () => ctcLoss({ logits, targets, lengths, ...changed }),
      TypeError,
      "Expected",
    );
  const floats = tf.zeros([5, 4]);
  const few = tf.zeros([4], "int32");
  refuses({ targets: floats });
  refuses({ lengths: few });
  refuses({ logits: floats });
  tf.dispose([logits, targets, lengths, floats, few]);
});
