import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  adrpoGrpo,
  adrpoRunningBaseline,
  controlledGrpo,
  dpo,
  exactDivergence,
  leaveOneOut,
  raftLanguage,
  sequenceK2,
  type TokenSignals,
} from "../../lib/experiments/language_methods.ts";
import { symmetricClip, upperClip } from "../../lib/experiments/methods.ts";
import { klExact, klK3 } from "../../lib/losses/divergences.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";

const nothing = tf.scalar(0);

/** Signals of one member, one prompt, K completions of T tokens; logits unused. */
function signalsOf(logp: number[][], logpRef: number[][]): TokenSignals {
  const shape = [1, 1, logp.length, logp[0].length];
  const policy = tf.tensor(logp.flat(), shape);
  return {
    logits: nothing,
    logitsRef: nothing,
    logp: policy,
    logpOld: policy,
    logpRef: tf.tensor(logpRef.flat(), shape),
  };
}

const rewardsOf = (rewards: number[]) =>
  tf.tensor(rewards, [1, 1, rewards.length]);
const drawnOf = (rewards: number[]) => ({
  rewards: rewardsOf(rewards),
  kl: tf.zeros([1, 1, 1]),
});
const coefficient = (value: number) => tf.tensor([value], [1, 1, 1]);

async function flat(make: () => Tensor): Promise<number[]> {
  const tensor = tf.tidy(make);
  const values = Array.from(await tensor.data());
  tensor.dispose();
  return values;
}

function assertClose(actual: number[], expected: number[], tolerance = 1e-5) {
  assertEquals(actual.length, expected.length);
  actual.forEach((x, i) => assertAlmostEquals(x, expected[i], tolerance));
}

Deno.test("a leave-one-out advantage is the reward less the mean of the others", async () => {
  // 3 - (0 + 1) / 2, 0 - (3 + 1) / 2, 1 - (3 + 0) / 2
  assertClose(await flat(() => leaveOneOut(rewardsOf([3, 0, 1]))), [
    2.5,
    -2,
    -0.5,
  ]);
});

Deno.test("k2 of completions adds up to half the squared log-ratio of the whole", async () => {
  const divergence = await flat(() =>
    sequenceK2(signalsOf([[-1, -2], [-3, -1]], [[-2, -4], [-3, -1]]))
  );
  // (1 + 2)^2 / 2 = 4.5 on two tokens; 0 on the other two.
  assertClose(divergence, [2.25, 2.25, 0, 0]);
});

Deno.test("the gradient of k2 of completions is the log-ratio of the whole, for every token", async () => {
  const signals = signalsOf([[-1, -2]], [[-2, -4]]);
  const grad = await flat(() =>
    tf.grad((logp: Tensor) => tf.sum(sequenceK2({ ...signals, logp })))(
      signals.logp,
    )
  );
  assertClose(grad, [3, 3]);
});

Deno.test("the exact divergence is that of the next-token distributions", async () => {
  const logits = tf.tensor([0, 1, 2, 0], [1, 1, 1, 2, 2]);
  const logitsRef = tf.zeros([1, 1, 1, 2, 2]);
  const signals = { ...signalsOf([[-1, -2]], [[-2, -4]]), logits, logitsRef };
  assertEquals(
    await flat(() => exactDivergence(signals)),
    await flat(() => klExact({ logits, logitsRef })),
  );
});

Deno.test("the coefficients that ADRPO reports are the slopes of its loss in the divergence", async () => {
  const beta0 = coefficient(0.3);
  const clips = {
    none: undefined,
    symmetric: symmetricClip(beta0),
    upper: upperClip(beta0),
  };
  const signals = signalsOf(
    [[-1, -2], [-3, -1], [-2, -2], [-1, -1]],
    [[-2, -4], [-3, -2], [-1, -1], [-3, -1]],
  );
  for (const [name, clip] of Object.entries(clips)) {
    const constant = (value: number) => () =>
      tf.fill(signals.logp.shape, value);
    const at = (value: number) =>
      flat(() =>
        adrpoGrpo({ beta0, kl: constant(value), clip })
          .update(drawnOf([1, 0, 0, 0]), {}).loss(signals)
      );
    const [one, none] = [await at(1), await at(0)];
    const betas = await flat(() =>
      adrpoGrpo({ beta0, kl: klK3, clip }).update(drawnOf([1, 0, 0, 0]), {})
        .betas
    );
    // A = (3/4, -1/4, -1/4, -1/4) / (1/2), so 1.5 and -0.5.
    const clipped = {
      none: [1.5, -0.5],
      symmetric: [0.3, -0.3],
      upper: [0.3, -0.5],
    }[name]!;
    const [winner, loser] = clipped.map((advantage) => 0.3 - advantage);
    assertClose(betas, [winner, loser, loser, loser], 1e-3);
    assertClose(
      one.map((value, i) => value - none[i]),
      betas.flatMap((beta) => [beta, beta]),
      1e-5,
    );
  }
});

Deno.test("a running baseline follows the rewards, and lifts every weight when they fall", async () => {
  const method = adrpoRunningBaseline(
    { beta0: coefficient(0.3), kl: klK3 },
    { start: () => tf.tensor([0.5], [1, 1, 1]) },
  );
  const memory = method.start();
  const drawn = drawnOf([0.25, 0.25]);
  // beta0 - (0.25 - 0.5)
  assertClose(await flat(() => method.update(drawn, memory).betas), [
    0.55,
    0.55,
  ]);
  // 0.9 * 0.5 + 0.1 * 0.25
  assertClose(await flat(() => method.remember(drawn, memory).baseline), [
    0.475,
  ]);
});

Deno.test("the controller raises beta above its target and lowers it below", async () => {
  const method = controlledGrpo({
    target: coefficient(1),
    kl: klK3,
    samples: 10,
  });
  const memory = method.start();
  const next = (kl: number) =>
    flat(() =>
      method.remember(
        { rewards: rewardsOf([0, 1]), kl: coefficient(kl) },
        memory,
      )
        .beta
    );
  // 0.1 (1 ± 0.2 * 10 / 50)
  assertClose(await next(3), [0.104]);
  assertClose(await next(0.1), [0.096]);
});

Deno.test("RAFT is the likelihood of the best, and nothing of the others", async () => {
  const signals = signalsOf([[-1], [-2], [-3], [-4]], [[-1], [-2], [-3], [-4]]);
  const loss = await flat(() =>
    raftLanguage({ keep: 1, beta: coefficient(0), kl: klK3 })
      .update(drawnOf([0, 1, 0, 0]), {}).loss(signals)
  );
  // Weight K / keep = 4 on the second.
  assertClose(loss, [0, 8, 0, 0]);
});

Deno.test("DPO prefers the better of a pair, and a tie says nothing", async () => {
  const signals = signalsOf(
    [[-1], [-2], [-3], [-1]],
    [[-1], [-3], [-2], [-1]],
  );
  // Pairs (0, 2), the second better, and (1, 3), a tie.
  const drawn = drawnOf([0, 1, 1, 1]);
  const loss = await flat(() =>
    dpo({ beta: coefficient(1) }).update(drawn, {}).loss(signals)
  );
  // The margin of 2 over 0 is (-3 + 2) - (-1 + 1) = -1.
  assertClose(loss, [Math.log(1 + Math.exp(1)), 0]);
});
