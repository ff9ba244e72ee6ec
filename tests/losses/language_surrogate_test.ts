import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  clipAdvantages,
  groupAdvantages,
} from "../../lib/losses/advantages.ts";
import { klExact, klK2, klK3 } from "../../lib/losses/divergences.ts";
import { clippedSurrogate } from "../../lib/losses/objectives.ts";
import {
  adrpoGrpoLoss,
  type GrpoInputs,
  grpoLoss,
} from "../../lib/losses/grpo_losses.ts";
import { regularised } from "../../lib/losses/regularised.ts";
import { tokenLogProbs } from "../../lib/models/token_log_probs.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { evaluate } from "../evaluate.ts";

const epsilon = 0.2;

/** Two groups of three sequences of four tokens, no ratio near a clip. */
function randomInputs(): GrpoInputs {
  const logp = tf.neg(tf.abs(normal(keys([1, 2]), [3, 4])));
  const logRatios = tf.tensor1d([0.05, -0.1, 0.4, -0.5]);
  return {
    logp,
    logpOld: tf.sub(logp, logRatios),
    logpRef: tf.add(logp, tf.mul(normal(keys([3, 4]), [3, 4]), 0.6)),
    advantages: tf.tensor2d([[1.2, -0.4, -0.8], [0.1, 0.7, -0.8]]),
  };
}

/** The gradient of the sum of a loss for `logp`. */
const forLogp = (
  loss: (inputs: GrpoInputs) => Tensor,
  inputs: GrpoInputs,
) => tf.grad((logp: Tensor) => loss({ ...inputs, logp }))(inputs.logp);

async function assertClose(
  actual: () => Tensor,
  expected: () => Tensor,
  tolerance = 1e-5,
) {
  const [a, b] = [await evaluate(actual), await evaluate(expected)];
  assertEquals(a.shape, b.shape);
  a.values.forEach((value, i) =>
    assertAlmostEquals(value, b.values[i], tolerance)
  );
}

Deno.test("clippedSurrogate() agrees with four tokens worked by hand", async () => {
  // Ratios 2, 0.5, 2, 0.5; advantage 1 for the first two, -1 for the others.
  // A = 1: -min(2, 1.2) and -min(0.5, 0.8); A = -1: -min(-2, -1.2) and -min(-0.5, -0.8)
  const inputs = () => ({
    logp: tf.log(tf.tensor2d([[0.4, 0.1], [0.4, 0.1]])),
    logpOld: tf.log(tf.tensor2d([[0.2, 0.2], [0.2, 0.2]])),
    advantages: tf.tensor1d([1, -1]),
  });
  const { values } = await evaluate(() =>
    clippedSurrogate(inputs(), { epsilon })
  );
  [-1.2, -0.5, 2, 0.8].forEach((expected, i) =>
    assertAlmostEquals(values[i], expected, 1e-6)
  );
  // d/dlogp of an unclipped token is -rho A; of a clipped one 0.
  const gradient = await evaluate(() => {
    const { logp, ...rest } = inputs();
    return tf.grad((logp: Tensor) =>
      clippedSurrogate({ logp, ...rest }, { epsilon })
    )(logp);
  });
  [0, -0.5, 2, 0].forEach((expected, i) =>
    assertAlmostEquals(gradient.values[i], expected, 1e-6)
  );
});

Deno.test("clippedSurrogate() at ratio 1 has the gradient of REINFORCE", async () => {
  const gradient = (loss: (logp: Tensor) => Tensor) => () => {
    const tokens = tf.tensor2d([[0, 1], [2, 2]], [2, 2], "int32");
    return tf.grad((logits: Tensor) => loss(tokenLogProbs({ logits, tokens })))(
      tf.reshape(normal(keys([5]), [2, 2, 3]), [2, 2, 3]),
    );
  };
  const advantages = () => tf.tensor1d([0.7, -1.3]);
  const logpOld = () => {
    const tokens = tf.tensor2d([[0, 1], [2, 2]], [2, 2], "int32");
    const logits = tf.reshape(normal(keys([5]), [2, 2, 3]), [2, 2, 3]);
    return tokenLogProbs({ logits, tokens });
  };
  await assertClose(
    gradient((logp) =>
      clippedSurrogate({ logp, logpOld: logpOld(), advantages: advantages() }, {
        epsilon,
      })
    ),
    gradient((logp) => tf.neg(tf.mul(tf.expandDims(advantages(), 1), logp))),
  );
});

for (
  const [name, loss] of Object.entries({
    grpoLoss: (inputs: GrpoInputs) => grpoLoss(inputs, { beta: 0.3, epsilon }),
    adrpoGrpoLoss: (inputs: GrpoInputs) =>
      adrpoGrpoLoss(inputs, { beta0: 0.3, epsilon }),
  })
) {
  Deno.test(`${name}() has the gradient of finite differences`, async () => {
    const step = 1e-2;
    const shifted = (sign: number) =>
      evaluate(() => {
        const inputs = randomInputs();
        return loss({ ...inputs, logp: tf.add(inputs.logp, sign * step) });
      });
    const [up, down] = [await shifted(1), await shifted(-1)];
    const { values } = await evaluate(() => forLogp(loss, randomInputs()));
    values.forEach((value, i) =>
      assertAlmostEquals(
        value,
        (up.values[i] - down.values[i]) / (2 * step),
        1e-3,
      )
    );
  });

  Deno.test(`${name}() of a group of equal rewards moves the policy by its KL only`, async () => {
    const inputs = () => ({
      ...randomInputs(),
      advantages: groupAdvantages(tf.fill([2, 3], 0.7), { epsilon: 1e-6 }),
    });
    await assertClose(
      () => forLogp(loss, inputs()),
      () => forLogp((given) => tf.mul(klK3(given), 0.3), inputs()),
      1e-6,
    );
  });
}

Deno.test("grpoLoss() with beta 0 is the surrogate", async () => {
  await assertClose(
    () => grpoLoss(randomInputs(), { beta: 0, epsilon }),
    () => clippedSurrogate(randomInputs(), { epsilon }),
  );
});

Deno.test("adrpoGrpoLoss() is grpoLoss() less A times the divergence", async () => {
  await assertClose(
    () => adrpoGrpoLoss(randomInputs(), { beta0: 0.3, epsilon, kl: klK2 }),
    () => {
      const inputs = randomInputs();
      const advantage = tf.expandDims(inputs.advantages, -1);
      return tf.sub(
        grpoLoss(inputs, { beta: 0.3, epsilon, kl: klK2 }),
        tf.mul(advantage, klK2(inputs)),
      );
    },
  );
});

Deno.test("the exact divergence is a KL to pass in", async () => {
  const logits = () =>
    tf.reshape(normal(keys([8]), [2, 3, 4, 5]), [2, 3, 4, 5]);
  const logitsRef = () => tf.zeros([2, 3, 4, 5]);
  const kl = () => klExact({ logits: logits(), logitsRef: logitsRef() });
  await assertClose(
    () => grpoLoss(randomInputs(), { beta: 0.3, epsilon, kl }),
    () => {
      const inputs = randomInputs();
      return tf.add(
        clippedSurrogate(inputs, { epsilon }),
        tf.mul(kl(), 0.3),
      );
    },
  );
});

Deno.test("adrpoGrpoLoss() unclipped pushes down a winner that the policy suppresses", async () => {
  // A = 1, beta0 = 0.1, pRef / p = 3, ratio 1: -(1 (2 - 3) - 0.1 (1 - 3)) = 0.8
  const gradient = (clip?: (advantages: Tensor) => Tensor) =>
    evaluate(() => {
      const logp = tf.log(tf.tensor2d([[0.1]]));
      const inputs = {
        logp,
        logpOld: tf.clone(logp),
        logpRef: tf.log(tf.tensor2d([[0.3]])),
        advantages: tf.tensor1d([1]),
      };
      return forLogp(
        (given) => adrpoGrpoLoss(given, { beta0: 0.1, epsilon, clip }),
        inputs,
      );
    });
  assertAlmostEquals((await gradient()).values[0], 0.8, 1e-5);
  // With a weight of 0 or more the surrogate is left: -1.
  const clipped = await gradient((a) =>
    clipAdvantages(a, { min: -Infinity, max: 0.1 })
  );
  assertAlmostEquals(clipped.values[0], -1, 1e-5);
});

Deno.test("each member of a population has its own coefficient", async () => {
  const betas = [0.1, 0.7];
  const { values } = await evaluate(() =>
    grpoLoss(randomInputs(), { beta: tf.tensor2d([[0.1], [0.7]]), epsilon })
  );
  for (const [i, beta] of betas.entries()) {
    const alone = await evaluate(() =>
      grpoLoss(randomInputs(), { beta, epsilon })
    );
    assertEquals(
      values.slice(12 * i, 12 * i + 12),
      alone.values.slice(12 * i, 12 * i + 12),
    );
  }
});

Deno.test("the GRPO losses refuse what does not fit", () => {
  const inputs = tf.tidy(randomInputs);
  const scratch = [tf.zeros([2, 3, 4]), tf.zeros([3]), tf.zeros([2, 3, 1])];
  const [tooLong, onePerColumn, perToken] = scratch;
  const refuses = (
    changes: Partial<GrpoInputs>,
    options: Parameters<typeof grpoLoss>[1],
    type: typeof TypeError | typeof RangeError,
    message: string,
  ) =>
    assertThrows(
      () => grpoLoss({ ...inputs, ...changes }, options),
      type,
      message,
    );
  const options = { beta: 0.1, epsilon };
  refuses({ advantages: tooLong }, options, TypeError, "advantages");
  refuses({ advantages: onePerColumn }, options, TypeError, "advantages");
  refuses({ logpOld: perToken }, options, TypeError, "logpOld");
  refuses({ logpRef: perToken }, options, TypeError, "logpRef");
  refuses({}, { beta: -0.1, epsilon }, RangeError, "-0.1");
  refuses({}, { beta: NaN, epsilon }, RangeError, "NaN");
  refuses({}, { beta: onePerColumn, epsilon }, TypeError, "beta");
  refuses({}, { beta: 0.1, epsilon: 0 }, RangeError, "epsilon");
  refuses({}, { ...options, kl: () => onePerColumn }, TypeError, "divergence");
  assertThrows(
    () => adrpoGrpoLoss(inputs, { beta0: -1, epsilon }),
    RangeError,
    "beta0",
  );
  tf.dispose([inputs, scratch]);
});

Deno.test("regularised() has one beta a sample for all of its tokens, and for a sample alone", async () => {
  const { values } = await evaluate(() =>
    regularised({
      objective: tf.tensor3d([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
      beta: tf.tensor2d([[0.5], [-1]]), // one a member
      divergence: tf.fill([2, 2, 2], 2),
    })
  );
  assertEquals(values, [2, 3, 4, 5, 3, 4, 5, 6]);
  const [loss, wide, beta] = [tf.ones([2, 3]), tf.ones([2, 1]), tf.ones([3])];
  assertThrows(
    () => regularised({ objective: loss, beta: 1, divergence: wide }),
    TypeError,
    "divergence",
  );
  assertThrows(
    () => regularised({ objective: loss, beta, divergence: loss }),
    TypeError,
    "beta to broadcast against [2], got [3]",
  );
  assertThrows(
    () => regularised({ objective: loss, beta: -1, divergence: loss }),
    RangeError,
    "beta",
  );
  tf.dispose([loss, wide, beta]);
});

Deno.test("clippedSurrogate() refuses log-probabilities without an axis of tokens", () => {
  const scalar = tf.scalar(-1);
  assertThrows(
    () =>
      clippedSurrogate({ logp: scalar, logpOld: scalar, advantages: scalar }, {
        epsilon,
      }),
    TypeError,
    "advantages",
  );
  scalar.dispose();
});
