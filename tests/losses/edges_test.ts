import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { adaptiveKlController } from "../../lib/losses/adaptive_kl_controller.ts";
import {
  centeredAdvantages,
  clipAdvantages,
  leaveOneOutAdvantages,
  raftWeights,
  rewardWeights,
} from "../../lib/losses/advantages.ts";
import {
  klExact,
  klK1,
  klK2,
  klK3,
  klK3WithK2Gradient,
  tokenEntropy,
} from "../../lib/losses/divergences.ts";
import { clippedSurrogate, dpoLoss } from "../../lib/losses/objectives.ts";
import {
  memberSequenceMean,
  memberTokenMean,
  sequenceMean,
  tokenMean,
} from "../../lib/losses/reductions.ts";
import { adrpoGrpoLoss, grpoLoss } from "../../lib/losses/grpo_losses.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";

const epsilon = 0.2;
const estimators = { klK1, klK2, klK3, klK3WithK2Gradient };

/** The value at x and the gradient of its sum, each as numbers. */
async function valueAndGradient(f: (x: Tensor) => Tensor, x: number[]) {
  const at = () => tf.tensor2d(x, [1, x.length]);
  const { values } = await evaluate(() => f(at()));
  const { values: gradient } = await evaluate(() => tf.grad(f)(at()));
  return { values, gradient };
}

Deno.test("clippedSurrogate() with an advantage of 0 asks for nothing, however far apart", async () => {
  for (const gap of [-1e30, -300, -89, 0, 89, 300, 1e30]) {
    const { values, gradient } = await valueAndGradient(
      (logp) =>
        clippedSurrogate({
          logp,
          logpOld: tf.zerosLike(logp),
          advantages: tf.zeros([1]),
        }, { epsilon }),
      [gap],
    );
    assertEquals(Math.abs(values[0]), 0, `loss at ${gap}`);
    assertEquals(Math.abs(gradient[0]), 0, `gradient at ${gap}`);
  }
});

Deno.test("clippedSurrogate() has no gradient for a winner far beyond the clip, and pushes a loser down", async () => {
  const at = (advantage: number) =>
    valueAndGradient((logp) =>
      clippedSurrogate({
        logp,
        logpOld: tf.fill([1, 1], -89),
        advantages: tf.tensor1d([advantage]),
      }, { epsilon }), [0]);
  const winner = await at(1);
  assertAlmostEquals(winner.values[0], -1.2, 1e-6);
  assertEquals(Math.abs(winner.gradient[0]), 0);
  const loser = await at(-1);
  assert(loser.gradient[0] > 1e30 && loser.gradient[0] < Infinity);
});

Deno.test("klK3() and its gradient are finite at any gap, and keep their direction", async () => {
  for (const k3 of [klK3, klK3WithK2Gradient]) {
    const { values, gradient } = await valueAndGradient(
      (logp) => k3({ logp, logpRef: tf.zerosLike(logp) }),
      [-1000, -100, -89],
    );
    assert(values.every((value) => value > 1e34 && value < Infinity));
    assert(gradient.every((slope) => slope < 0 && slope > -Infinity));
  }
});

Deno.test("rewardWeights() and dpoLoss() are finite for any finite input", async () => {
  const weights = await valueAndGradient(
    (r) => rewardWeights(r, { tau: 1 }),
    [-1e30, -200, 200, 1e30],
  );
  assert([...weights.values, ...weights.gradient].every(Number.isFinite));
  const dpo = await valueAndGradient((chosen) => {
    const zeros = tf.zerosLike(chosen);
    return dpoLoss({
      chosen,
      rejected: zeros,
      chosenRef: zeros,
      rejectedRef: zeros,
    }, { beta: 1 });
  }, [-1e30, -500, 500, 1e30]);
  // -log sigmoid(margin): the margin itself below, 0 above.
  assertEquals(dpo.values, [Math.fround(1e30), 500, 0, 0]);
  assertEquals(dpo.gradient.map((slope) => slope + 0), [-1, -1, 0, 0]);
});

for (const [name, kl] of Object.entries(estimators)) {
  for (
    const [what, bad] of Object.entries({
      "200 nats away": -200,
      "-Infinity": -Infinity,
      "NaN": NaN,
    })
  ) {
    Deno.test(`a masked token of ${what} does not matter to GRPO's losses with ${name}`, async () => {
      const losses = [
        (inputs: Parameters<typeof grpoLoss>[0]) =>
          grpoLoss(inputs, { beta: 0.5, epsilon, kl }),
        (inputs: Parameters<typeof grpoLoss>[0]) =>
          adrpoGrpoLoss(inputs, { beta0: 0.5, epsilon, kl }),
      ];
      const reductions = [
        tokenMean,
        sequenceMean,
        memberTokenMean,
        memberSequenceMean,
      ];
      for (const loss of losses) {
        for (const reduce of reductions) {
          // The last token is masked; whatever it is, the result is that without it.
          const total = (logp: Tensor, tokens: number) => {
            const take = (values: number[]) =>
              tf.tensor2d(values.slice(0, tokens), [1, tokens]);
            return tf.sum(reduce(
              loss({
                logp,
                logpOld: take([-1.1, -2, bad === -200 ? 0 : bad]),
                logpRef: take([-1, -2.5, bad === -200 ? 0 : bad]),
                advantages: tf.tensor1d([0.7]),
              }),
              take([1, 1, 0]),
            ));
          };
          const masked = await valueAndGradient(
            (logp) => total(logp, 3),
            [-1, -2.2, bad],
          );
          const without = await valueAndGradient(
            (logp) => total(logp, 2),
            [-1, -2.2],
          );
          assertEquals(masked.values, without.values);
          assertEquals(masked.gradient.slice(0, 2), without.gradient);
          assertEquals(Math.abs(masked.gradient[2]), 0);
        }
      }
    });
  }
}

Deno.test("a NaN that counts stays NaN", async () => {
  const { values } = await evaluate(() => {
    const nan = tf.tensor2d([[NaN]]);
    const zero = tf.zeros([1, 1]);
    const surrogate = clippedSurrogate({
      logp: nan,
      logpOld: zero,
      advantages: tf.ones([1]),
    }, { epsilon });
    const kls = Object.values(estimators).map((kl) =>
      kl({ logp: nan, logpRef: zero })
    );
    return tf.stack([
      tokenMean(surrogate, tf.ones([1, 1])),
      ...kls.map((kl) => tokenMean(kl, tf.ones([1, 1]))),
      tf.squeeze(rewardWeights(nan, { tau: 1 })),
      tf.squeeze(clipAdvantages(nan, { min: -1, max: 1 })),
      tf.squeeze(tokenEntropy(tf.tensor2d([[NaN, 0]]))),
      tf.squeeze(klExact({
        logits: tf.zeros([1, 2]),
        logitsRef: tf.tensor2d([[NaN, 0]]),
      })),
    ]);
  });
  assertEquals(values, values.map(() => NaN));
});

Deno.test("an impossible token adds nothing to tokenEntropy() and klExact()", async () => {
  const some = [0, Math.log(3), -Infinity];
  const entropy = await valueAndGradient(tokenEntropy, some);
  // p = 1/4, 3/4: the two that are possible, alone.
  const alone = await valueAndGradient(tokenEntropy, some.slice(0, 2));
  assertAlmostEquals(entropy.values[0], 0.562335, 1e-6);
  assertEquals(entropy.gradient.map(Math.abs), [
    ...alone.gradient.map(Math.abs),
    0,
  ]);
  for (const impossible of [0, -Infinity]) {
    const kl = await valueAndGradient(
      (logits) =>
        klExact({ logits, logitsRef: tf.tensor2d([[0, 0, impossible]]) }),
      some,
    );
    // Against 1/3 each, or 1/2 each where the reference knows it, too.
    const expected = Math.log(impossible === 0 ? 3 : 2) - 0.562335;
    assertAlmostEquals(kl.values[0], expected, 1e-6);
    assert(kl.gradient.every(Number.isFinite));
    assertEquals(Math.abs(kl.gradient[2]), 0);
  }
});

Deno.test("klExact() of what only the reference never says is Infinity", async () => {
  const { values } = await evaluate(() =>
    klExact({
      logits: tf.zeros([1, 2]),
      logitsRef: tf.tensor2d([[0, -Infinity]]),
    })
  );
  assertEquals(values, [Infinity]);
});

Deno.test("raftWeights() of a group with a NaN are NaN, those of another are not", async () => {
  const { values } = await evaluate(() =>
    raftWeights(tf.tensor2d([[0.1, NaN, 0.9, 0.5], [4, 3, 2, 1]]), { keep: 2 })
  );
  assertEquals(values, [NaN, NaN, NaN, NaN, 2, 2, 0, 0]);
});

Deno.test("leaveOneOutAdvantages() are the rewards less the mean of the others", async () => {
  const { values } = await evaluate(() =>
    leaveOneOutAdvantages(tf.tensor2d([[1, 2, 6], [3, 3, 3]]))
  );
  // 1 - (2 + 6) / 2, 2 - (1 + 6) / 2, 6 - (1 + 2) / 2
  assertEquals(values, [-3, -1.5, 4.5, 0, 0, 0]);
});

Deno.test("adaptiveKlController() moves beta by a fifth at most, and keeps a NaN", async () => {
  const controller = adaptiveKlController({ target: 1, horizon: 10, beta: 1 });
  const { values } = await evaluate(() =>
    controller.update({
      beta: controller.init([3]),
      kl: tf.tensor1d([0, 100, NaN]),
    }, { samples: 1000 })
  );
  assertAlmostEquals(values[0], 0.8, 1e-6);
  assertAlmostEquals(values[1], 1.2, 1e-6);
  assertEquals(values[2], NaN);
});

Deno.test("a group of one has an advantage of 0, and no leave-one-out", async () => {
  const { values } = await evaluate(() =>
    centeredAdvantages(tf.tensor2d([[3], [-1]]))
  );
  assertEquals(values, [0, 0]);
  const rewards = tf.ones([2, 1]);
  assertThrows(() => leaveOneOutAdvantages(rewards), TypeError, "at least 2");
  rewards.dispose();
});
