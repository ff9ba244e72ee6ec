import { assertAlmostEquals, assertEquals } from "@std/assert";
import { adaptiveKlController } from "../../lib/losses/adaptive_kl_controller.ts";
import { clipAdvantages } from "../../lib/losses/advantages.ts";
import {
  klExact,
  klK1,
  klK2,
  klK3,
  klK3WithK2Gradient,
} from "../../lib/losses/divergences.ts";
import { clippedSurrogate, dpoLoss } from "../../lib/losses/objectives.ts";
import { sequenceMean, tokenMean } from "../../lib/losses/reductions.ts";
import { adrpoGrpoLoss, grpoLoss } from "../../lib/losses/grpo_losses.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import fixture from "./fixtures/language_losses.json" with { type: "json" };

// Every number asserted here is from rlax, optax, distrax, TensorFlow Probability,
// JAX or trl, at the versions in the fixture; fixtures/language_losses.py wrote it.

type Inputs = Record<string, Tensor>;

const { epsilon, beta, beta0, dpoBeta, groupBeta } = fixture.options;

/** Our side of each case of the fixture. */
const losses: Record<string, (inputs: Inputs) => Tensor> = {
  "klK1": ({ logp, logpRef }) => klK1({ logp, logpRef }),
  "klK2": ({ logp, logpRef }) => klK2({ logp, logpRef }),
  "klK3": ({ logp, logpRef }) => klK3({ logp, logpRef }),
  "klK3WithK2Gradient": ({ logp, logpRef }) =>
    klK3WithK2Gradient({ logp, logpRef }),
  "klExact": ({ logits, logitsRef }) => klExact({ logits, logitsRef }),
  "clippedSurrogate": ({ logp, logpOld, advantages }) =>
    clippedSurrogate({ logp, logpOld, advantages }, { epsilon }),
  "grpoLoss": (inputs) => grpoLoss(fourOf(inputs), { beta, epsilon }),
  "grpoLoss, a beta a group": (inputs) =>
    grpoLoss(fourOf(inputs), { beta: tf.tensor2d(groupBeta), epsilon }),
  "grpoLoss, klK2": (inputs) =>
    grpoLoss(fourOf(inputs), { beta, epsilon, kl: klK2 }),
  "adrpoGrpoLoss": (inputs) =>
    adrpoGrpoLoss(fourOf(inputs), { beta0, epsilon }),
  "adrpoGrpoLoss, a beta0 a group": (inputs) =>
    adrpoGrpoLoss(fourOf(inputs), { beta0: tf.tensor2d(groupBeta), epsilon }),
  "adrpoGrpoLoss, A within beta0": (inputs) =>
    adrpoGrpoLoss(fourOf(inputs), {
      beta0,
      epsilon,
      clip: (a) => clipAdvantages(a, { min: -beta0, max: beta0 }),
    }),
  "adrpoGrpoLoss, A at most beta0": (inputs) =>
    adrpoGrpoLoss(fourOf(inputs), {
      beta0,
      epsilon,
      clip: (a) => clipAdvantages(a, { min: -Infinity, max: beta0 }),
    }),
  "dpoLoss": ({ chosen, rejected, chosenRef, rejectedRef }) =>
    dpoLoss({ chosen, rejected, chosenRef, rejectedRef }, { beta: dpoBeta }),
  "tokenMean": ({ logp, mask }) => tokenMean(logp, mask),
  "sequenceMean": ({ logp, mask }) => sequenceMean(logp, mask),
};

const fourOf = ({ logp, logpOld, logpRef, advantages }: Inputs) => ({
  logp,
  logpOld,
  logpRef,
  advantages,
});

const flat = (values: unknown) => [values].flat(Infinity) as number[];

function assertClose(actual: Iterable<number>, expected: unknown) {
  const values = [...actual];
  const numbers = flat(expected);
  assertEquals(values.length, numbers.length);
  values.forEach((value, i) => assertAlmostEquals(value, numbers[i], 2e-6));
}

Deno.test("the fixture has a case for each loss here, and no other", () => {
  assertEquals(Object.keys(losses), Object.keys(fixture.cases));
});

for (const [name, expected] of Object.entries(fixture.cases)) {
  Deno.test(`${name}: value and gradient are the reference's`, async () => {
    const before = tf.memory().numTensors;
    const inputs: Inputs = Object.fromEntries(
      Object.entries(fixture.inputs).map(([key, value]) => [
        key,
        tf.tensor(value as never, undefined, "float32"),
      ]),
    );
    const loss = losses[name];
    const value = tf.tidy(() => loss(inputs));
    const weights = tf.tidy(() =>
      value.rank === 3
        ? tf.clone(inputs.tokenWeights)
        : value.rank === 2
        ? tf.clone(inputs.sequenceWeights)
        : tf.scalar(1)
    );
    assertClose(await value.data(), expected.value);
    for (const [input, numbers] of Object.entries(expected.gradients)) {
      const gradient = tf.tidy(() =>
        tf.grad((x: Tensor) => loss({ ...inputs, [input]: x }))(
          inputs[input],
          weights,
        )
      );
      assertEquals(gradient.shape, inputs[input].shape);
      assertClose(await gradient.data(), numbers);
      gradient.dispose();
    }
    tf.dispose([inputs, value, weights]);
    assertEquals(tf.memory().numTensors, before, "leaked");
  });
}

Deno.test("adaptiveKlController() takes the path of trl's", async () => {
  const { beta, target, horizon, samples, kls, betas } = fixture.controller;
  const controller = adaptiveKlController({ target, horizon, beta });
  let current = controller.init([1]);
  const path: number[] = [];
  for (const kl of kls) {
    const next = tf.tidy(() =>
      controller.update({ beta: current, kl: tf.tensor1d([kl]) }, { samples })
    );
    current.dispose();
    current = next;
    path.push((await current.data())[0]);
  }
  current.dispose();
  assertClose(path, betas);
});
