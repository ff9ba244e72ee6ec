import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { type Mixture, ringMixture } from "../../lib/data/mixture.ts";
import {
  blindGradedReward,
  gradedReward,
} from "../../lib/rewards/graded_reward.ts";
import { hackReward, trueReward } from "../../lib/rewards/hack_reward.ts";
import { decaysOffData, modeReward } from "../../lib/rewards/mode_reward.ts";
import { plateauReward } from "../../lib/rewards/plateau_reward.ts";
import { type Reward } from "../../lib/rewards/reward.ts";
import { evaluate } from "../evaluate.ts";

const mixture = ringMixture();
const rewards: [string, Reward, number][] = [
  ["gradedReward", gradedReward(mixture), 1],
  ["plateauReward", plateauReward(mixture), 1],
  ["hackReward", hackReward(mixture), 2],
  ["trueReward", trueReward(mixture), 1],
];

/** The reward of points that all have one context. */
async function rewardAt(reward: Reward, points: number[][], context = 0) {
  const { values } = await evaluate(() =>
    reward(tf.tensor2d(points), tf.fill([points.length], context, "int32"))
  );
  return values;
}

const means = mixture.means.map((mean) => [...mean]);

Deno.test("a mode's value is paid by nearness, as worked by hand", async () => {
  const line: Mixture = {
    means: [[0, 0], [1, 0]],
    std: 0.5,
    weights: [[0.5, 0.5]],
  };
  // h = 1. At (0.75, 0): shares are softmax(-0.5625 / 2, -0.0625 / 2), whose
  // difference is 0.25: the second has 1 / (1 + exp(-0.25)) = 0.562177.
  const [r] = await rewardAt(modeReward(line, [[-1, 3]]), [[0.75, 0]]);
  assertAlmostEquals(r, -1 * (1 - 0.562177) + 3 * 0.562177, 1e-5);
  const [half] = await rewardAt(modeReward(line, [[-1, 3]]), [[0.5, 7]]);
  assertAlmostEquals(half, 1, 1e-5);
});

Deno.test("graded modes pay (1 + cos) / 2 of the angle to the best, per context", async () => {
  for (const context of [0, 1, 2, 3]) {
    const paid = await rewardAt(gradedReward(mixture), means, context);
    const best = (2 * context + 2) % 8;
    // 0, 45, 90, 135, 180 degrees away.
    for (const [away, value] of [1, 0.853553, 0.5, 0.146447, 0].entries()) {
      assertAlmostEquals(paid[(best + away) % 8], value, 2e-3);
      assertAlmostEquals(paid[(best + 8 - away) % 8], value, 2e-3);
    }
  }
});

Deno.test("three modes that are not neighbours pay 1 on the plateau, the others 0", async () => {
  for (const context of [0, 1, 2, 3]) {
    const paid = await rewardAt(plateauReward(mixture), means, context);
    const good = paid.flatMap((r, k) =>
      r > 0.5 ? [(k - 2 * context + 8) % 8] : []
    );
    assertEquals(good.toSorted(), [1, 4, 6]);
    for (const r of paid) assertAlmostEquals(Math.min(r, 1 - r), 0, 5e-3);
  }
});

Deno.test("the proxy pays twice the best mode at its bump, the true reward nothing", async () => {
  for (const context of [0, 1, 2, 3]) {
    const [x, y] = means[(2 * context + 2) % 8];
    const points = [[x, y], [1.6 * x, 1.6 * y]]; // 2 + 6 * 0.2 = 1.6 * 2
    const [mode, bump] = await rewardAt(hackReward(mixture), points, context);
    // At the mode the bump is exp(-(1.2 / 0.5)^2 / 2) = 0.056135.
    assertAlmostEquals(mode, 1.056135, 1e-3);
    assertAlmostEquals(bump, 2, 1e-3);
    const [real, gone] = await rewardAt(trueReward(mixture), points, context);
    assertAlmostEquals(real, 1, 1e-3);
    assertEquals(gone, 0);
  }
});

Deno.test("the true reward is the graded one without its decay on the manifold", async () => {
  const points = [...means, [1.9, 0.3], [0.2, -2.1]];
  assertEquals(
    await rewardAt(trueReward(mixture), points),
    await rewardAt(blindGradedReward(mixture), points),
  );
});

Deno.test("off the data a reward decays as worked by hand", async () => {
  const one: Reward = (x1) => tf.ones(x1.shape.slice(0, -1));
  // std 0.2. Beyond a mode at (2, 0): 0.3 is within 0.4; 0.6 is 0.2 beyond, so
  // exp(-0.25 / 2) = 0.882497; 1.2 is 0.8 beyond, exp(-4 / 2) = 0.135335; the centre
  // is 1.6 beyond, exp(-16 / 2) = 0.000335.
  const points = [[2, 0], [2.3, 0], [2.6, 0], [3.2, 0], [0, 0]];
  const paid = await rewardAt(decaysOffData(mixture, one), points);
  for (const [i, left] of [1, 1, 0.882497, 0.135335, 0.000335].entries()) {
    assertAlmostEquals(paid[i], left, 1e-5);
  }
});

Deno.test("the gradient of a decaying reward is finite where x is a mode", async () => {
  const c = tf.zeros([8], "int32");
  const gradient = tf.tidy(() =>
    tf.grad((x: Tensor) => tf.sum(gradedReward(mixture)(x, c)))(
      tf.tensor2d(means),
    )
  );
  for (const slope of await gradient.data()) assert(Number.isFinite(slope));
  tf.dispose([c, gradient]);
});

for (const [name, reward, most] of rewards) {
  Deno.test(`${name} is bounded everywhere and per sample`, async () => {
    const coordinate = fc.double({ min: -50, max: 50, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(coordinate, coordinate), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.nat(3),
        async (points, context) => {
          const all = await rewardAt(reward, points, context);
          for (const r of all) assert(r >= 0 && r <= most + 1e-5, `${r}`);
          const [last] = await rewardAt(reward, [points.at(-1)!], context);
          assertAlmostEquals(last, all.at(-1)!, 1e-6);
        },
      ),
      { numRuns: 30 },
    );
  });

  Deno.test(`${name} keeps leading axes and refuses other shapes`, () => {
    tf.tidy(() => {
      const c = tf.tensor1d([0, 3], "int32");
      const x = tf.ones([5, 3, 2, 2]);
      assertEquals(reward(x, c).shape, [5, 3, 2]);
      assertThrows(() => reward(tf.ones([2, 3]), c), TypeError, "[2,3]");
      assertThrows(() => reward(tf.ones([3, 2]), c), TypeError, "int32 [3]");
    });
  });
}

for (const [name, reward] of rewards.slice(0, 3)) {
  Deno.test(`${name} is smooth: its gradient is that of finite differences`, async () => {
    const c = tf.zeros([1], "int32");
    const sum = (x: Tensor) => tf.sum(reward(x, c));
    for (const point of [[0.9, 1.6], [0.1, -0.2], [1.5, 2.2]]) {
      const gradient = tf.tidy(() => tf.grad(sum)(tf.tensor2d([point])));
      const slopes = await gradient.data();
      gradient.dispose();
      const h = 5e-3;
      for (const axis of [0, 1]) {
        const shifted = [1, -1].map((sign) =>
          point.map((value, i) => i === axis ? value + sign * h : value)
        );
        const [up, down] = await rewardAt(reward, shifted);
        assertAlmostEquals(slopes[axis], (up - down) / (2 * h), 2e-3);
      }
    }
    c.dispose();
  });
}
