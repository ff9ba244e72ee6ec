// The terms of a method alone, without a loop.
import { assertEquals, assertThrows } from "@std/assert";
import { dpo, lossOf } from "../../lib/methods/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";

Deno.test("the loss of a method without a divergence is its objective", async () => {
  const beta = tf.ones([1, 1, 1]);
  const objective = () => tf.tensor3d([[[1, 2]]]);
  const [plain, regularised] = tf.tidy(() => [
    lossOf({ objective, beta }, {}),
    lossOf({ objective, beta, divergence: () => tf.tensor3d([[[3, 4]]]) }, {}),
  ]);
  assertEquals([...await plain.data()], [1, 2]);
  assertEquals([...await regularised.data()], [4, 6]);
  tf.dispose([beta, plain, regularised]);
});

Deno.test("DPO takes any number of prompts, and answers in pairs", () => {
  const beta = tf.ones([1, 1, 1]) as Tensor;
  tf.tidy(() => {
    for (const [contexts, perContext] of [[1, 2], [3, 4], [2, 6]]) {
      dpo.terms(beta, tf.zeros([1, contexts, perContext]), {});
    }
    assertThrows(
      () => dpo.terms(beta, tf.zeros([1, 2, 3]), {}),
      RangeError,
      "perContext to be even for DPO, whose answers are compared in pairs, got 3",
    );
  });
  beta.dispose();
});
