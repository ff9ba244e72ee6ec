import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  centeredAdvantages,
  groupAdvantages,
} from "../../lib/losses/advantages.ts";
import { clippedSurrogate } from "../../lib/losses/objectives.ts";
import {
  memberTokenMean,
  sequenceMean,
  tokenMean,
} from "../../lib/losses/reductions.ts";
import { grpoLoss } from "../../lib/losses/grpo_losses.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";

// One group: a right answer of one token and a wrong one of three, of at most four.
const rewards = () => tf.tensor1d([1, 0]);
const mask = () => tf.tensor2d([[1, 0, 0, 0], [1, 1, 1, 0]]);
const logp = () => tf.fill([2, 4], -1);

/** The gradient of a loss of `logp` at `logp = logpOld`. */
const gradient = (loss: (logp: Tensor) => Tensor) =>
  evaluate(() => tf.grad(loss)(logp()));

const surrogate = (logp: Tensor, advantages: Tensor) =>
  clippedSurrogate({ logp, logpOld: tf.fill([2, 4], -1), advantages }, {
    epsilon: 0.2,
  });

function assertClose(values: number[], expected: number[][]) {
  expected.flat().forEach((number, i) =>
    assertAlmostEquals(values[i], number, 1e-5)
  );
}

Deno.test("GRPO's reduction gives each token of a short sequence more weight", async () => {
  // Rewards 1 and 0: deviations of 0.5, sample std 0.707107, A = +-0.707107.
  // -A / (2 sequences * their tokens): -0.707107 / 2 and 0.707107 / 6
  const { values } = await gradient((logp) =>
    sequenceMean(
      surrogate(logp, groupAdvantages(rewards(), { epsilon: 1e-6 })),
      mask(),
    )
  );
  const [short, long] = [-0.353553, 0.117851];
  assertClose(values, [[short, 0, 0, 0], [long, long, long, 0]]);
});

Deno.test("Dr.GRPO is centred advantages and one divisor for all tokens", async () => {
  // Liu et al. (2025, arXiv 2503.20783): no std, no length. A = +-0.5 over 2
  // sequences of at most 4 tokens.
  const { values } = await gradient((logp) =>
    tf.mean(tf.mul(surrogate(logp, centeredAdvantages(rewards())), mask()))
  );
  const [right, wrong] = [-0.5 / 8, 0.5 / 8];
  assertClose(values, [[right, 0, 0, 0], [wrong, wrong, wrong, 0]]);
});

Deno.test("tokenMean() is the token-level reduction: one divisor, the tokens there are", async () => {
  const { values } = await gradient((logp) =>
    tokenMean(surrogate(logp, centeredAdvantages(rewards())), mask())
  );
  const [right, wrong] = [-0.5 / 4, 0.5 / 4];
  assertClose(values, [[right, 0, 0, 0], [wrong, wrong, wrong, 0]]);
});

Deno.test("GSPO is the surrogate of mean log-probabilities, a sequence as one token", async () => {
  // Zheng et al. (2025, arXiv 2507.18071), eq. 5 and 7: s = exp(mean_t log ratio).
  const logpOld = () => tf.tensor2d([[-1.1, 5, 5, 5], [-1.6, -0.7, -0.4, 5]]);
  const sequenceRatio = (logp: Tensor) => {
    // Each sequence as a member of its own: the mean of its tokens.
    const mean = (logp: Tensor) =>
      tf.expandDims(memberTokenMean(logp, mask()), -1); // [2, 1]
    return clippedSurrogate({
      logp: mean(logp),
      logpOld: mean(logpOld()),
      advantages: centeredAdvantages(rewards()),
    }, { epsilon: 0.2 });
  };
  // Log-ratios: 0.1 of one token; 0.6, -0.3 and -0.6 of three, mean -0.1: token by
  // token all three would be clipped or shrunk, the sequence's 0.904837 is not.
  const { shape, values } = await evaluate(() => sequenceRatio(logp()));
  assertEquals(shape, [2, 1]);
  assertAlmostEquals(values[0], -1.105171 * 0.5, 1e-5);
  assertAlmostEquals(values[1], 0.904837 * 0.5, 1e-5);
  // d/dlogp_t of -s A is -s A / tokens.
  const { values: grads } = await gradient((logp) =>
    tf.sum(sequenceRatio(logp))
  );
  const [right, wrong] = [-0.552585, 0.452419 / 3];
  assertClose(grads, [[right, 0, 0, 0], [wrong, wrong, wrong, 0]]);
});

for (const [name, reduce] of Object.entries({ tokenMean, sequenceMean })) {
  Deno.test(`padding changes neither the loss nor the gradient under ${name}()`, async () => {
    const inputs = (padding: number) => {
      const pad = (values: Tensor) =>
        tf.where(tf.cast(mask(), "bool"), values, tf.fill([2, 4], padding));
      return {
        logp: pad(tf.fill([2, 4], -1)),
        logpOld: pad(tf.fill([2, 4], -1.1)),
        logpRef: pad(tf.fill([2, 4], -0.7)),
        advantages: tf.tensor1d([0.5, -0.5]),
      };
    };
    const measured = (padding: number) =>
      evaluate(() => {
        const { logp, ...rest } = inputs(padding);
        const { value, grad } = tf.valueAndGrad((logp: Tensor) =>
          reduce(
            grpoLoss({ logp, ...rest }, { beta: 0.3, epsilon: 0.2 }),
            mask(),
          )
        )(logp);
        return tf.concat([tf.reshape(value, [1]), tf.reshape(grad, [-1])]);
      });
    const expected = await measured(0);
    for (const padding of [-30, -0.123, 7]) {
      assertEquals((await measured(padding)).values, expected.values);
    }
    const padded = [2, 3, 4, 8].map((place) => expected.values[place]);
    assertEquals(padded, [0, 0, 0, 0]);
  });

  Deno.test(`a sequence of padding alone does not count in ${name}()`, async () => {
    const { values: [alone] } = await evaluate(() =>
      reduce(tf.tensor2d([[2, 4]]), tf.tensor2d([[1, 1]]))
    );
    const { values: [together] } = await evaluate(() =>
      reduce(tf.tensor2d([[2, 4], [9, NaN]]), tf.tensor2d([[1, 1], [0, 0]]))
    );
    assertEquals(together, alone);
  });

  Deno.test(`${name}() of nothing is 0`, async () => {
    const { values } = await evaluate(() =>
      reduce(tf.ones([2, 3]), tf.zeros([2, 3]))
    );
    assertEquals(values, [0]);
  });
}
