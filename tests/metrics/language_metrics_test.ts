import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { enumerateSequences } from "../../lib/data/enumerate_sequences.ts";
import { effectiveAnswers } from "../../lib/metrics/effective_answers.ts";
import { exactEntropy } from "../../lib/metrics/exact_entropy.ts";
import { exactKl } from "../../lib/metrics/exact_kl.ts";
import { expectedReward } from "../../lib/metrics/expected_reward.ts";
import { sequenceFrontier } from "../../lib/metrics/sequence_frontier.ts";
import { sequenceLogProbs } from "../../lib/metrics/sequence_log_probs.ts";
import { completionLogits } from "../../lib/models/completion_logits.ts";
import { gpt } from "../../lib/models/gpt.ts";
import { tokenLogProbs } from "../../lib/models/token_log_probs.ts";
import { sampleTokens } from "../../lib/samplers/token_sampler.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { evaluate } from "../evaluate.ts";

const model = gpt({
  vocabulary: 3,
  promptTokens: 2,
  length: 3,
  width: 8,
  depth: 1,
  heads: 2,
});
/** Two members, far from uniform. */
const params = () =>
  Object.fromEntries(
    Object.entries(model.init(keys([1, 2]))).map(([name, value]) => [
      name,
      name === "output/kernel" ? tf.mul(value, 10) : value,
    ]),
  );
const prompts = () => tf.tensor2d([[3], [4]], [2, 1], "int32");

Deno.test("sequenceLogProbs() is the teacher-forced pass of every completion", async () => {
  const fast = await evaluate(() =>
    sequenceLogProbs(model, { params: params(), prompts: prompts() }, {
      length: 3,
    })
  );
  assertEquals(fast.shape, [2, 2, 27]);
  const one = await evaluate(() => {
    const completions = tf.tile(
      tf.expandDims(enumerateSequences({ vocabulary: 3, length: 3 }), 0),
      [2, 2, 1],
    ); // [M, C*27, 3]
    const logits = completionLogits(model, {
      params: params(),
      prompts: tf.tensor2d(
        [...Array(27).fill(3), ...Array(27).fill(4)],
        [54, 1],
        "int32",
      ),
      completions,
    });
    return tf.sum(tokenLogProbs({ logits, tokens: completions }), -1);
  });
  fast.values.forEach((value, i) =>
    assertAlmostEquals(value, one.values[i], 1e-4)
  );
});

Deno.test("sequenceLogProbs() sums to 1 and is what the sampler draws", async () => {
  const { values } = await evaluate(() =>
    tf.exp(
      sequenceLogProbs(model, { params: params(), prompts: prompts() }, {
        length: 2,
      }),
    )
  );
  for (const policy of [0, 1, 2, 3]) {
    const p = values.slice(9 * policy, 9 * policy + 9);
    assertAlmostEquals(p.reduce((a, b) => a + b), 1, 1e-5);
  }
  const drawn = await evaluate(() =>
    sampleTokens(
      model,
      {
        params: params(),
        prompts: tf.fill([5000, 1], 3, "int32"),
        keys: keys([8, 9]),
      },
      { length: 2 },
    ).tokens
  );
  const counts = Array(9).fill(0); // Of the first member.
  for (let i = 0; i < 5000; i++) {
    counts[3 * drawn.values[2 * i] + drawn.values[2 * i + 1]]++;
  }
  const statistic = counts.reduce(
    (sum, count, i) =>
      sum + (count - 5000 * values[i]) ** 2 / (5000 * values[i]),
    0,
  );
  // 8 degrees of freedom: beyond 26.12 once in a thousand seeds.
  assert(statistic < 26.12, `chi-square ${statistic}`);
});

Deno.test("the exact metrics agree with three completions worked by hand", async () => {
  const p = () => tf.log(tf.tensor2d([[0.5, 0.25, 0.25], [0.8, 0.1, 0.1]]));
  const pRef = () => tf.log(tf.tensor1d([0.25, 0.25, 0.5]));
  const rewards = () => tf.tensor1d([0, 1, 1]);
  const check = async (
    body: () => Tensor,
    expected: number[],
  ) => {
    const { shape, values } = await evaluate(body);
    assertEquals(shape, [2]);
    values.forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-5));
  };
  // 1.5 ln 2; -0.8 ln 0.8 - 0.2 ln 0.1
  await check(() => exactEntropy(p()), [1.039721, 0.639032]);
  // 0.5 ln 2 - 0.25 ln 2; 0.8 ln 3.2 + 0.1 ln 0.4 + 0.1 ln 0.2
  await check(() => exactKl({ logp: p(), logpRef: pRef() }), [
    0.173287,
    0.677948,
  ]);
  await check(
    () => expectedReward({ logp: p(), rewards: rewards() }),
    [0.5, 0.2],
  );
  await check(
    () => effectiveAnswers({ logp: p(), rewards: rewards() }, { threshold: 1 }),
    [2, 2],
  );
});

Deno.test("effectiveAnswers() does not count wrong answers", async () => {
  // Right ones at 0.2 and 0.1: 2/3 and 1/3, exp(-2/3 ln 2/3 - 1/3 ln 1/3) = 1.889882
  const { values } = await evaluate(() =>
    effectiveAnswers({
      logp: tf.log(tf.tensor1d([0.2, 0.1, 0.3, 0.4])),
      rewards: tf.tensor1d([1, 1, 0, 0.5]),
    }, { threshold: 1 })
  );
  assertAlmostEquals(values[0], 1.889882, 1e-5);
});

const logpRef = () =>
  tf.log(tf.tensor2d([[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]]));
const rewards = () => tf.tensor2d([[1, 1, 0, 0.5], [0, 1, 0.5, 1]]);

async function frontier(lambdas: number[]) {
  const values = { logpRef: logpRef(), rewards: rewards() };
  const before = tf.memory().numTensors;
  const rows = await sequenceFrontier(values, { lambdas });
  assertEquals(tf.memory().numTensors, before, "leaked");
  tf.dispose(values);
  return rows;
}

Deno.test("sequenceFrontier() starts at the reference and ends at the best answers", async () => {
  const [reference, best] = await frontier([Infinity, 0.01]);
  assertAlmostEquals(reference.reward, (0.5 + 0.625) / 2, 1e-6);
  assertAlmostEquals(reference.kl, 0, 1e-6);
  // -sum p ln p = 1.279854 and ln 4
  assertAlmostEquals(reference.entropy, (1.279854 + Math.log(4)) / 2, 1e-5);
  assertAlmostEquals(best.reward, 1, 1e-6);
  // The reference restricted to answers of mass 0.3 and 0.5.
  assertAlmostEquals(best.kl, (-Math.log(0.3) - Math.log(0.5)) / 2, 1e-5);
  // 1/3 and 2/3: 1.889882; 1/2 and 1/2: 2
  assertAlmostEquals(best.effectiveAnswers, (1.889882 + 2) / 2, 1e-5);
});

Deno.test("sequenceFrontier() has lambda as its slope", async () => {
  for (const lambda of [0.2, 0.5, 2]) {
    const [more, less] = await frontier([lambda * 0.95, lambda * 1.05]);
    const slope = (more.reward - less.reward) / (more.kl - less.kl);
    assertAlmostEquals(slope / lambda, 1, 0.01);
  }
});

Deno.test("no policy is above sequenceFrontier()", async () => {
  const lambda = 0.5;
  const [{ reward, kl }] = await frontier([lambda]);
  const others = await evaluate(() => {
    const logits = tf.randomNormal([500, 2, 4], 0, 1.5, "float32", 1);
    const logp = tf.logSoftmax(logits);
    return tf.mean(
      tf.sub(
        expectedReward({ logp, rewards: rewards() }),
        tf.mul(exactKl({ logp, logpRef: logpRef() }), lambda),
      ),
      1,
    );
  });
  const best = Math.max(...others.values);
  assert(best <= reward - lambda * kl, `${best}`);
});

Deno.test("the exact metrics refuse what does not fit", async () => {
  const [logp, short, scalar] = [tf.zeros([2, 3]), tf.zeros([2]), tf.scalar(0)];
  assertThrows(() => exactEntropy(scalar), TypeError, "[..., S]");
  assertThrows(() => exactKl({ logp, logpRef: short }), TypeError, "logpRef");
  assertThrows(
    () => expectedReward({ logp, rewards: scalar }),
    TypeError,
    "rewards",
  );
  await assertRejects(
    () => sequenceFrontier({ logpRef: logp, rewards: logp }, { lambdas: [0] }),
    RangeError,
    "0",
  );
  tf.dispose([logp, short, scalar]);
});

Deno.test("an impossible completion adds nothing to exactEntropy() and exactKl()", async () => {
  const logp = () => tf.tensor2d([[0.25, 0.75, 0]]).log();
  const entropy = await evaluate(() => exactEntropy(logp()));
  assertAlmostEquals(entropy.values[0], 0.562335, 1e-6);
  const kl = async (reference: number[]) => {
    const { values } = await evaluate(() =>
      exactKl({ logp: logp(), logpRef: tf.log(tf.tensor1d(reference)) })
    );
    return values[0];
  };
  assertAlmostEquals(await kl([0.5, 0.5, 0]), Math.log(2) - 0.562335, 1e-6);
  assertAlmostEquals(await kl([0.25, 0.25, 0.5]), Math.log(4) - 0.562335, 1e-6);
  assertEquals(await kl([1, 0, 0]), Infinity);
});

Deno.test("effectiveAnswers() of a reward of NaN is NaN", async () => {
  const { values } = await evaluate(() =>
    effectiveAnswers({
      logp: tf.log(tf.tensor1d([0.5, 0.5])),
      rewards: tf.tensor1d([1, NaN]),
    }, { threshold: 1 })
  );
  assertEquals(values, [NaN]);
});
