import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { jensenShannon, klExact, klForward } from "../../lib/losses/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";
import { assertGradient } from "../finite_differences.ts";
import { assertRefused, assertValues, three, two } from "./assert_values.ts";

const logits = () => tf.tensor2d([[1, 0, -2], [0.5, 0.1, 0]]) as Tensor;
const logitsRef = () => tf.tensor2d([[-1, 0.5, 0], [0.5, 0.1, 0]]) as Tensor;

Deno.test("klForward() is the KL the other way round, jensenShannon() is symmetric", async () => {
  const { values } = await evaluate(() =>
    klExact({ logits: logitsRef(), logitsRef: logits() })
  );
  await assertValues(
    () => klForward({ logits: logits(), logitsRef: logitsRef() }),
    values,
  );
  const js = () => jensenShannon({ logits: logits(), logitsRef: logitsRef() });
  const { values: same } = await evaluate(() =>
    jensenShannon({ logits: logitsRef(), logitsRef: logits() })
  );
  await assertValues(js, same);
  assertAlmostEquals(same[1], 0, 1e-6);
  assert(same[0] > 0 && same[0] < Math.LN2);
});

Deno.test("klForward() and jensenShannon() of half against quarters, by hand", async () => {
  const half = () => tf.log(tf.tensor2d([[0.5, 0.5]])) as Tensor;
  const quarters = () => tf.log(tf.tensor2d([[0.25, 0.75]])) as Tensor;
  const both = () => ({ logits: quarters(), logitsRef: half() });
  await assertValues(() => klForward(both()), [0.5 * Math.log(4 / 3)]);
  const to = (p: number[], m: number[]) =>
    p.reduce((sum, x, i) => sum + x * Math.log(x / m[i]), 0);
  const middle = [0.375, 0.625];
  await assertValues(() => jensenShannon(both()), [
    (to([0.25, 0.75], middle) + to([0.5, 0.5], middle)) / 2,
  ]);
});

Deno.test("what is impossible under both adds nothing, in value and in slope", async () => {
  const masked = (values: number[]) =>
    tf.tensor2d([[...values, -Infinity]]) as Tensor;
  for (const divergence of [klForward, jensenShannon]) {
    const { values } = await evaluate(() =>
      divergence({ logits: masked([1, 0]), logitsRef: masked([0, 0]) })
    );
    await assertValues(() =>
      divergence({
        logits: tf.tensor2d([[1, 0]]),
        logitsRef: tf.tensor2d([[0, 0]]),
      }), values);
    const { values: slopes } = await evaluate(() =>
      tf.grad((logits: Tensor) =>
        tf.sum(divergence({ logits, logitsRef: masked([0, 0]) }))
      )(masked([1, 0]))
    );
    assert(slopes.every(Number.isFinite), `${slopes}`);
    assertEquals(slopes[2], 0);
  }
});

Deno.test("the forward KL and JS have the slopes of central differences", async () => {
  const policy = logits();
  await assertGradient(
    "forward KL",
    (logits) => klForward({ logits, logitsRef: logitsRef() }),
    policy,
  );
  await assertGradient(
    "JS",
    (logits) => jensenShannon({ logits, logitsRef: logitsRef() }),
    policy,
  );
  policy.dispose();
});

Deno.test("divergences refuse logits that do not fit", () => {
  assertRefused(
    () => klForward({ logits: two(), logitsRef: three() }),
    "logitsRef",
  );
  assertRefused(
    () => jensenShannon({ logits: two(), logitsRef: three() }),
    "logitsRef",
  );
});
