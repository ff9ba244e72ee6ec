import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import {
  type Kl,
  klExact,
  klK1,
  klK2,
  klK3,
  klK3WithK2Gradient,
  tokenEntropy,
} from "../../lib/losses/divergences.ts";
import { tokenLogProbs } from "../../lib/models/token_log_probs.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys, uniform } from "../../lib/tf/random.ts";
import { evaluate } from "../evaluate.ts";

const policy = [0.5, 0.3, 0.1, 0.1];
const reference = [0.1, 0.3, 0.4, 0.2];
// 0.5 ln 5 + 0.3 ln 1 + 0.1 ln 0.25 + 0.1 ln 0.5
const divergence = 0.5967747;

const logits = () => tf.log(tf.tensor1d(policy));
const logitsRef = () => tf.log(tf.tensor1d(reference));

async function assertClose(
  actual: () => Tensor,
  expected: () => Tensor,
  tolerance = 1e-6,
) {
  const [a, b] = [await evaluate(actual), await evaluate(expected)];
  a.values.forEach((value, i) =>
    assertAlmostEquals(value, b.values[i], tolerance)
  );
}

Deno.test("klExact() is the divergence worked by hand", async () => {
  const { values } = await evaluate(() =>
    klExact({
      logits: tf.expandDims(logits(), 0),
      logitsRef: tf.expandDims(logitsRef(), 0),
    })
  );
  assertAlmostEquals(values[0], divergence, 1e-6);
});

Deno.test("tokenEntropy() is what the divergence from uniform leaves of log V", async () => {
  const rows = () => tf.expandDims(logits(), 0);
  const divergence = (x: Tensor) =>
    klExact({ logits: x, logitsRef: tf.zeros([1, 4]) });
  await assertClose(
    () => tokenEntropy(rows()),
    () => tf.sub(Math.log(4), divergence(rows())),
  );
  await assertClose(
    () => tf.grad(tokenEntropy)(rows()),
    () => tf.neg(tf.grad(divergence)(rows())),
  );
});

/** Estimates at `count` tokens of the policy. */
async function estimates(kl: Kl, count: number) {
  const { values } = await evaluate(() => {
    const draws = tf.reshape(uniform(keys([7]), [count]), [count, 1]);
    const token = tf.cast(
      tf.sum(tf.greaterEqual(draws, tf.cumsum(tf.tensor1d(policy))), 1),
      "int32",
    );
    return kl({
      logp: tf.gather(logits(), token),
      logpRef: tf.gather(logitsRef(), token),
    });
  });
  const mean = values.reduce((a, b) => a + b) / count;
  const squares = values.reduce((a, b) => a + (b - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (count - 1) / count) };
}

for (const [name, kl] of Object.entries({ klK1, klK3, klK3WithK2Gradient })) {
  Deno.test(`${name}() estimates the divergence without bias`, async () => {
    const { mean, error } = await estimates(kl, 20_000);
    assert(Math.abs(mean - divergence) < 4 * error, `${mean} +- ${error}`);
  });
}

Deno.test("klK2() has the mean worked by hand, which is not the divergence", async () => {
  // (0.5 ln^2 5 + 0.1 ln^2 4 + 0.1 ln^2 2) / 2 = (1.295145 + 0.192181 + 0.048045) / 2
  const { mean, error } = await estimates(klK2, 20_000);
  assert(Math.abs(mean - 0.767686) < 4 * error, `${mean} +- ${error}`);
  assert(mean - divergence > 10 * error);
});

/** E_p[grad kl] for the logits, the sum over all tokens with p held fixed. */
const expectedGradient = (kl: Kl) =>
  tf.grad((x: Tensor) =>
    tf.sum(
      tf.mul(
        tf.tensor1d(policy),
        kl({ logp: tf.logSoftmax(x), logpRef: logitsRef() }),
      ),
    )
  )(logits());

const gradientOf = (divergence: (logits: Tensor) => Tensor) =>
  tf.grad((x: Tensor) => divergence(tf.expandDims(x, 0)))(logits());

const reverse = () =>
  gradientOf((x) =>
    klExact({ logits: x, logitsRef: tf.expandDims(logitsRef(), 0) })
  );

Deno.test("klK1() as a loss does nothing on average", async () => {
  await assertClose(() => expectedGradient(klK1), () => tf.zeros([4]));
});

for (const [name, kl] of Object.entries({ klK2, klK3WithK2Gradient })) {
  Deno.test(`${name}() as a loss has the gradient of the divergence`, async () => {
    await assertClose(() => expectedGradient(kl), reverse);
  });
}

Deno.test("klK3() as a loss has the gradient of the forward divergence", async () => {
  await assertClose(
    () => expectedGradient(klK3),
    () =>
      gradientOf((x) =>
        klExact({ logits: tf.expandDims(logitsRef(), 0), logitsRef: x })
      ),
  );
});

// Sequences of two tokens of three: the first by `first`, the second by the row of
// `second` that the first one picks.
const first = () => tf.tensor1d([0.5, -0.2, 0.1]);
const second = () => tf.tensor2d([[1, 0, -1], [0.3, 0.3, -2], [-1, 2, 0]]);
const all = [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => [a, b]));

/** Token log-probabilities of all nine sequences, `[9, 2]`. */
const sequences = (first: Tensor, second: Tensor) => {
  const tokens = tf.tensor2d(all, [9, 2], "int32");
  const firstToken = tf.slice(tokens, [0, 0], [9, 1]);
  const picked = tf.matMul(
    tf.cast(tf.oneHot(tf.squeeze(firstToken, [1]), 3), "float32"),
    second,
  );
  return tokenLogProbs({
    logits: tf.stack([tf.tile(tf.expandDims(first, 0), [9, 1]), picked], 1),
    tokens,
  });
};
const uniformRef = () => tf.fill([9, 2], -Math.log(3));

/** The gradients of a loss of token log-probabilities, for `first` and `second`. */
const gradients = (loss: (logp: Tensor) => Tensor) => {
  const grads = tf.grads((first: Tensor, second: Tensor) =>
    loss(sequences(first, second))
  )([first(), second()]);
  return tf.concat(grads.map((grad) => tf.reshape(grad, [-1])));
};

const sequenceKl = () =>
  gradients((logp) => {
    const total = tf.sum(logp, 1);
    const totalRef = tf.sum(uniformRef(), 1);
    return tf.sum(tf.mul(tf.exp(total), tf.sub(total, totalRef)));
  });

const weighed = (loss: (logp: Tensor) => Tensor) => () => {
  const p = tf.exp(tf.sum(sequences(first(), second()), 1)); // held fixed
  return gradients((logp) => tf.sum(tf.mul(p, loss(logp))));
};

Deno.test("klK2() of summed log-probabilities has the gradient of the sequence's divergence", async () => {
  const wholeSequence = weighed((logp) =>
    klK2({ logp: tf.sum(logp, 1), logpRef: tf.sum(uniformRef(), 1) })
  );
  await assertClose(wholeSequence, sequenceKl);
});

Deno.test("klK2() token by token leaves out what a first token leads to", async () => {
  const tokenByToken = weighed((logp) =>
    tf.sum(klK2({ logp, logpRef: uniformRef() }), 1)
  );
  const { values } = await evaluate(() => tf.sub(tokenByToken(), sequenceKl()));
  // The rows of `second` get the same gradient, `first` another.
  assert(values.slice(0, 3).some((gap) => Math.abs(gap) > 0.01));
  values.slice(3).forEach((gap) => assertAlmostEquals(gap, 0, 1e-6));
});

Deno.test("the estimators refuse log-probabilities of two shapes", () => {
  const pair = { logp: tf.zeros([2, 1]), logpRef: tf.zeros([2]) };
  for (const kl of [klK1, klK2, klK3, klK3WithK2Gradient]) {
    assertThrows(() => kl(pair), TypeError, "logpRef");
  }
  tf.dispose(pair);
});

Deno.test("klExact() refuses logits of two shapes or without tokens", () => {
  const [one, two] = [tf.zeros([3]), tf.zeros([1, 3])];
  assertThrows(
    () => klExact({ logits: two, logitsRef: one }),
    TypeError,
    "logitsRef",
  );
  assertThrows(() => klExact({ logits: one, logitsRef: one }), TypeError, "V]");
  tf.dispose([one, two]);
});
