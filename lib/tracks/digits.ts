import { loadDigits } from "../data/digits.ts";
import { type Task } from "../experiments/experiment.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { effectiveClasses } from "../metrics/effective_classes.ts";
import { nearestDistance } from "../metrics/nearest_distance.ts";
import { pairwiseDistance } from "../metrics/pairwise_distance.ts";
import { slicedW2 } from "../metrics/sliced_w2.ts";
import { type Classifier } from "../models/classifier.ts";
import { convClassifier } from "../models/conv_classifier.ts";
import { mlpVelocity } from "../models/mlp_velocity.ts";
import { countMembers, type Params } from "../models/params.ts";
import {
  type PictureAutoencoder,
  pictureAutoencoder,
} from "../models/picture_autoencoder.ts";
import { loadPretrained } from "../models/pretrained.ts";
import { type VelocityModel } from "../models/velocity_model.ts";
import { flowPolicy } from "../policies/flow.ts";
import { evenReward } from "../rewards/even_reward.ts";
import { type Reward } from "../rewards/reward.ts";
import { euler } from "../samplers/euler.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { keys, normal } from "../tf/random.ts";
import { type Row } from "../train/row.ts";
import { flowSignals } from "./flow_signals.ts";

/** The digits' latent space of 32 numbers. */
export const digitAutoencoder: PictureAutoencoder = pictureAutoencoder({
  dim: 784,
  latent: 32,
  hidden: 256,
});

/** The flow of the digits, in that space, without context. */
export const digitFlow: VelocityModel = mlpVelocity({
  dim: 32,
  contexts: 1,
  width: 256,
  depth: 4,
});

/** The classifier of digits: one is trained for the reward, another to judge. */
export const digitClassifier: Classifier = convClassifier({
  side: 28,
  classes: 10,
});

// Apart from every training seed; all members are measured on the same noise.
const evaluationSeed = 1_000_007;
const sampleSteps = 20;
const shownPictures = 20;

/** The models of the digit experiments, and real digits to compare with. */
export interface DigitModels {
  /** The flow in the latent space. */
  flow: Params;
  /** The latent space. */
  autoencoder: Params;
  /** The classifier that rewards. */
  reward: Params;
  /** The classifier that judges, trained on other pictures. */
  judge: Params;
  /** Real digits that no classifier was trained on, `images` `[R, 784]`. */
  real: { images: Tensor; labels: Tensor };
}

/** Loads the models of the digit experiments; the caller disposes all tensors. */
export async function loadDigitModels(): Promise<DigitModels> {
  const digits = await loadDigits();
  tf.dispose([digits.reward, digits.judge].flatMap(Object.values));
  return {
    flow: await loadPretrained("digit_flow"),
    autoencoder: await loadPretrained("digit_autoencoder"),
    reward: await loadPretrained("digit_reward"),
    judge: await loadPretrained("digit_judge"),
    real: digits.test,
  };
}

/**
 * The task of the ORW paper's figure: fine-tune a flow of digits on "even digits".
 * The flow lives in the latent space; the reward and the judge see pictures.
 *
 * @param models The models; they stay.
 * @returns The task, which measures, each `[M]`: `reward`, the mean of the reward's
 * own classifier; `evenShare`, the share that the judge calls even;
 * `effectiveClasses`, by the judge; `class0` ... `class9`, the judge's shares;
 * `confidence`, the mean of the judge's largest probability; `pairwiseDistance`, in
 * pixels of [-1, 1]; `nearestDistance`, to the nearest held-out real digit (quality:
 * large is unlike any); `slicedW2`, in the latent space, to the reference's samples.
 * It shows 20 pictures of each setting, `picture` (bytes in base 64).
 */
export function digitsTask(models: DigitModels): Task<FlowVelocities> {
  const { flow: reference, autoencoder, judge, real } = models;
  const flow = { model: digitFlow, reference };
  const reward = digitReward(models);
  return {
    name: "even digits",
    policy: flowPolicy(flow, { sampleSteps: 10 }),
    reward,
    signals: flowSignals(flow, reward),
    measure(params, { samples }) {
      return tf.tidy(() => {
        const z1 = drawLatents(params, samples);
        const pictures = digitAutoencoder.decode(autoencoder, z1);
        const logits = digitClassifier.logits(judge, pictures);
        const predicted = tf.oneHot(tf.argMax(logits, -1).as1D(), 10);
        const shares = tf.mean(
          tf.reshape(tf.cast(predicted, "float32"), logits.shape),
          1,
        ); // [M, 10]
        const byClass = tf.unstack(shares, 1);
        const even = byClass.filter((_, digit) => digit % 2 === 0);
        return {
          reward: tf.mean(reward(z1, tf.zeros([1], "int32")), 1),
          evenShare: tf.addN(even),
          effectiveClasses: effectiveClasses(logits),
          ...Object.fromEntries(
            byClass.map((s, digit) => [`class${digit}`, s]),
          ),
          confidence: tf.mean(tf.max(tf.softmax(logits), -1), 1),
          pairwiseDistance: tf.squeeze(
            pairwiseDistance(pictures, { contexts: 1 }),
            [1],
          ),
          nearestDistance: nearestDistance(pictures, real.images),
          slicedW2: slicedW2(z1, drawLatents(reference, samples)),
        };
      });
    },
    async show(params, members) {
      const bytes = tf.tidy(() => {
        const z1 = drawLatents(params, shownPictures);
        const pictures = digitAutoencoder.decode(autoencoder, z1);
        const levels = tf.round(tf.mul(tf.add(pictures, 1), 127.5));
        return tf.cast(levels, "int32");
      });
      const values = await bytes.array() as number[][][];
      bytes.dispose();
      return members.flatMap((member) =>
        values[member].map((picture): Row => ({
          member,
          picture: Uint8Array.from(picture).toBase64(),
        }))
      );
    },
  };
}

/** "Even digits" in the latent space: the reward's classifier sees the picture. */
function digitReward({ autoencoder, reward }: DigitModels): Reward {
  return evenReward((z1) =>
    digitClassifier.logits(reward, digitAutoencoder.decode(autoencoder, z1))
  );
}

/** Latents of M members from the noise that all are measured on, `[M, N, 32]`. */
function drawLatents(params: Params, samples: number): Tensor {
  return tf.tidy(() => {
    const noise = normal(keys([evaluationSeed]), [samples, digitFlow.dim]);
    const x0 = tf.tile(noise, [countMembers(params), 1, 1]);
    const c = tf.zeros([samples], "int32");
    return euler((xt, t) => digitFlow.velocity(params, xt, t, c), x0, {
      steps: sampleSteps,
    });
  });
}
