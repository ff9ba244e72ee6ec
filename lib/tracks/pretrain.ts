import { type LabelledImages, loadDigits } from "../data/digits.ts";
import { evenAngles, type RingMixture, ringMixture } from "../data/mixture.ts";
import { sampleMixture } from "../data/sample_mixture.ts";
import { flowMatchingLoss } from "../losses/objectives.ts";
import { mlpVelocity } from "../models/mlp_velocity.ts";
import { type Params } from "../models/params.ts";
import { referenceNames } from "../models/pretrained.ts";
import { type VelocityModel } from "../models/velocity_model.ts";
import { rectifiedFlow } from "../paths/rectified_flow.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, normal, uniform } from "../tf/random.ts";
import { type Fit } from "../train/fit.ts";
import { digitAutoencoder, digitClassifier, digitFlow } from "./digits.ts";
import { isAsked, keepFit, type PretrainOptions } from "./keep_fit.ts";
import {
  angleFlow,
  mixture,
  mixtureFlow,
  mixtureWidths,
} from "./mixture_flow.ts";

/** The weight of a nat of the autoencoder's latents, in squared pixel errors. */
const latentPrice = 0.4;

/**
 * Trains the models that the experiments start from and judge by, and keeps them in
 * `data/models`:
 *
 * - `mixture_flow`, those of other widths, `mixture_flow_w16` and so on, and
 *   `mixture_angles`, whose contexts are angles: flows of the 2-D mixture, on exact
 *   samples, and three repetitions of each;
 * - `digit_reward`, `digit_judge`: classifiers, each on its own half of the digits;
 * - `digit_autoencoder`: the latent space, and `digit_flow`: the flow in it, on both
 *   halves.
 *
 * @param options `effort`, 1 for the kept models: it scales the number of steps;
 * `names`, which to train, all when left out (of the digits' all or none); and
 * `onProgress`, called for each model.
 * @returns The last loss of each, and the accuracy of the classifiers on pictures
 * that none of them saw.
 */
export async function pretrain(
  options: PretrainOptions,
): Promise<Record<string, number>> {
  return {
    ...await pretrainMixtures(options),
    ...digitNames.some((name) => isAsked(options, name)) &&
      await pretrainDigits(options),
  };
}

async function pretrainMixtures(
  options: PretrainOptions,
): Promise<Record<string, number>> {
  const results: Record<string, number> = {};
  const around = ringMixture(evenAngles(8));
  const recipes = [
    { first: "mixture_flow", model: mixtureFlow, ring: mixture, seed: 1 },
    ...([16, 32, 128] as const).map((width, i) => ({
      first: mixtureWidths[width],
      model: mlpVelocity({ dim: 2, contexts: 4, width, depth: 3 }),
      ...{ ring: mixture, seed: 41 + i },
    })),
    {
      first: "mixture_angles",
      model: angleFlow({ angles: around.angles, width: 64 }),
      ...{ ring: around, seed: 44 },
    },
  ];
  for (const { first, seed, ...of } of recipes) {
    for (const [k, name] of referenceNames(first).entries()) {
      if (!isAsked(options, name)) continue;
      const recipe = { ...mixtureFit(of), seed: seed + 10 * k };
      const { params, loss } = await keepFit(name, recipe, options);
      tf.dispose(params);
      results[`${name} loss`] = loss;
    }
  }
  return results;
}

const digitNames = [
  ...["digit_reward", "digit_judge", "digit_autoencoder", "digit_flow"],
];

async function pretrainDigits(
  options: PretrainOptions,
): Promise<Record<string, number>> {
  const results: Record<string, number> = {};
  const run = async (name: string, recipe: Fit) => {
    const { params, loss } = await keepFit(name, recipe, options);
    results[`${name} loss`] = loss;
    return params;
  };
  const digits = await loadDigits();
  for (const part of ["reward", "judge"] as const) {
    const params = await run(`digit_${part}`, classifierFit(digits[part]));
    results[`digit_${part} accuracy`] = accuracy(params, digits.test);
    tf.dispose(params);
  }
  const images = tf.concat([digits.reward.images, digits.judge.images]);
  const autoencoder = await run("digit_autoencoder", autoencoderFit(images));
  const latents = tf.tidy(() => digitAutoencoder.encode(autoencoder, images));
  tf.dispose(await run("digit_flow", latentFit(latents.mean)));
  tf.dispose([autoencoder, latents, images]);
  tf.dispose([digits.reward, digits.judge, digits.test].flatMap(Object.values));
  return results;
}

/** The same number of samples of a batch, 512, whatever the number of contexts. */
function mixtureFit(
  { model, ring }: { model: VelocityModel; ring: RingMixture },
): Omit<Fit, "seed"> {
  return {
    init: model.init,
    loss(params: Params, keys: Tensor) {
      const { x1, c } = sampleMixture(ring, foldIn(keys, 0), {
        perContext: 512 / ring.weights.length,
      });
      return matchFlow(model, params, { x1, c, keys: foldIn(keys, 1) });
    },
    iterations: 6000,
    learningRate: 2e-3,
  };
}

function classifierFit({ images, labels }: LabelledImages) {
  return {
    init: digitClassifier.init,
    loss(params: Params, keys: Tensor) {
      const rows = drawRows(keys, images.shape[0], 128);
      const logits = digitClassifier.logits(params, tf.gather(images, rows));
      const truth = tf.oneHot(tf.gather(labels, rows).as1D(), 10);
      const logp = tf.sum(tf.mul(tf.logSoftmax(logits), truth), -1);
      return tf.reshape(tf.neg(tf.mean(logp)), [1]);
    },
    iterations: 1000,
    learningRate: 3e-3,
    seed: 2,
  };
}

function autoencoderFit(images: Tensor) {
  return {
    init: digitAutoencoder.init,
    // The negative evidence lower bound, in squared pixel errors.
    loss(params: Params, keys: Tensor) {
      const rows = drawRows(foldIn(keys, 0), images.shape[0], 128);
      const x = tf.gather(images, rows);
      const { mean, logVariance } = digitAutoencoder.encode(params, x);
      const noise = tf.squeeze(normal(foldIn(keys, 1), mean.shape), [0]);
      const std = tf.exp(tf.div(logVariance, 2));
      const z = tf.add(mean, tf.mul(std, noise));
      const pictures = digitAutoencoder.decode(params, z);
      const errors = tf.sum(tf.square(tf.sub(pictures, x)), -1);
      const nats = tf.mul(
        0.5,
        tf.sum(
          tf.sub(
            tf.add(tf.square(mean), tf.exp(logVariance)),
            tf.add(1, logVariance),
          ),
          -1,
        ),
      );
      return tf.reshape(
        tf.mean(tf.add(errors, tf.mul(latentPrice, nats))),
        [1],
      );
    },
    iterations: 6000,
    learningRate: 2e-3,
    seed: 3,
  };
}

function latentFit(latents: Tensor) {
  const batch = 256;
  return {
    init: digitFlow.init,
    loss(params: Params, keys: Tensor) {
      const rows = drawRows(foldIn(keys, 0), latents.shape[0], batch);
      const x1 = tf.expandDims(tf.gather(latents, rows), 0);
      const c = tf.zeros([batch], "int32");
      return matchFlow(digitFlow, params, { x1, c, keys: foldIn(keys, 1) });
    },
    iterations: 12000,
    learningRate: 2e-3,
    seed: 4,
  };
}

/** The mean flow-matching loss, `[1]`, of data `x1` `[1, N, D]`. */
function matchFlow(
  model: VelocityModel,
  params: Params,
  { x1, c, keys }: { x1: Tensor; c: Tensor; keys: Tensor },
): Tensor {
  const [, samples, dim] = x1.shape;
  const x0 = normal(foldIn(keys, 0), [samples, dim]);
  const t = uniform(foldIn(keys, 1), [samples]);
  const { xt, ut } = rectifiedFlow({ x0, x1, t });
  const vt = model.velocity(params, xt, t, c);
  return tf.mean(flowMatchingLoss({ vt, ut }), 1);
}

/** Draws row numbers with replacement, int32 `[size]`. */
function drawRows(keys: Tensor, rows: number, size: number): Tensor {
  const draws = tf.mul(uniform(keys, [size]), rows);
  return tf.reshape(tf.cast(tf.floor(draws), "int32"), [size]);
}

/** The share of pictures whose largest logit is their label's. */
function accuracy(params: Params, { images, labels }: LabelledImages): number {
  return tf.tidy(() => {
    const predicted = tf.argMax(digitClassifier.logits(params, images), -1);
    return tf.mean(tf.cast(tf.equal(predicted, labels), "float32"))
      .dataSync()[0];
  });
}
