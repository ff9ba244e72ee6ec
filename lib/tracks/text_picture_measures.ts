import { contextIds } from "../data/context_ids.ts";
import { drawPairs } from "../data/two_objects.ts";
import { pairwiseDistance } from "../metrics/pairwise_distance.ts";
import { shareEntropy } from "../metrics/share_entropy.ts";
import { guidedVelocity } from "../models/guided_velocity.ts";
import { countMembers, type Params } from "../models/params.ts";
import { matchPairs, pairReward } from "../rewards/pair_match.ts";
import { euler } from "../samplers/euler.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { keys, normal } from "../tf/random.ts";
import {
  allPicturePrompts,
  judgedThings,
  pairAutoencoder,
  pairFlow,
  type PairFlowSize,
  type PictureModels,
  picturePrompts,
} from "./picture_models.ts";

// Apart from every training seed; all members are measured on the same noise.
const evaluationSeed = 1_000_011;
/** Steps of Euler, in training and in measuring. */
export const sampleSteps = 8;

/** The scales of guidance that members are measured at in the end. */
export const guidanceScales = [2, 4] as const;

/** What is measured of one prompt, each `[M, C]`. */
type ByPrompt = Record<string, Tensor>;

/** The things that prompts ask for, int32 `[C, 2]`. */
export const askedThings = (): Tensor =>
  tf.tensor2d(
    allPicturePrompts.map(({ pair }) => [...pair]),
    undefined,
    "int32",
  );

/** Pictures `[M, N, 3456]` of prompts `c`, from the noise that all are measured on. */
export function drawPictures(
  { autoencoder, texts }: PictureModels,
  size: PairFlowSize,
  params: Params,
  { c, scale }: { c: Tensor; scale: number },
): Tensor {
  return tf.tidy(() => {
    const model = guidedVelocity(pairFlow(size, texts), { scale });
    const noise = normal(keys([evaluationSeed]), [c.size, model.dim]);
    const x0 = tf.tile(noise, [countMembers(params), 1, 1]);
    const x1 = euler((xt, t) => model.velocity(params, xt, t, c), x0, {
      steps: sampleSteps,
    });
    return pairAutoencoder.decode(autoencoder, x1);
  });
}

/** Pictures as files have them: int32 from 0 to 255. */
export function levelsOf(pictures: Tensor): Tensor {
  const levels = tf.round(tf.mul(tf.clipByValue(pictures, 0, 1), 255));
  return tf.cast(levels, "int32");
}

/** The parts of all prompts, in their order, and what comes after names of theirs. */
const parts = [
  { suffix: "", count: picturePrompts.trained.length },
  { suffix: "HeldOut", count: picturePrompts.heldOut.length },
  { suffix: "Unseen", count: picturePrompts.unseen.length },
];

/** Measures pictures of all prompts, or with guidance of those that are fine-tuned. */
export function measureAt(
  models: PictureModels,
  size: PairFlowSize,
  params: Params,
  { samples, scale }: { samples: number; scale: number },
): Record<string, Tensor> {
  return tf.tidy(() => {
    const asked = scale === 1 ? parts : [
      { suffix: `Guided${scale}`, count: parts[0].count },
    ];
    const contexts = asked.reduce((sum, { count }) => sum + count, 0);
    const c = contextIds(contexts, samples);
    const pictures = drawPictures(models, size, params, { c, scale });
    return overPrompts(
      measurePictures(models, pictures, { c, contexts }),
      asked,
    );
  });
}

/** The means of what was measured over each part of the prompts, `[M]`. */
function overPrompts(
  values: ByPrompt,
  asked: readonly { suffix: string; count: number }[],
): Record<string, Tensor> {
  const counts = asked.map(({ count }) => count);
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      tf.split(value, counts, 1).map((part, i) => [
        `${name}${asked[i].suffix}`,
        tf.mean(part, 1),
      ])
    ),
  );
}

const measured = [
  ...["reward", "right", "judged", "flaw", "styles", "backgrounds", "distance"],
];

/** The columns of a scale of guidance before they are measured. */
export const unknown = (
  scale: number,
  members: number,
): Record<string, Tensor> =>
  Object.fromEntries(
    measured.map((name) => [`${name}Guided${scale}`, tf.fill([members], NaN)]),
  );

/**
 * What real pictures reach: exact renders of the prompts, and the same once they have gone
 * through the latent space, which no flow in it can be expected to pass.
 *
 * @param models The models; they stay.
 * @param samples Pictures of each caption.
 * @returns The columns of {@linkcode textPicturesTask} less those of guidance, `[2]`: of the
 * renders, and of what the autoencoder makes of them; the caller disposes them.
 *
 * @example
 * ```ts
 * import { disposePictureModels, loadPictureModels, measureRenders, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const models = await loadPictureModels();
 * const columns = measureRenders(models, 2);
 * assertEquals((await columns.right.data())[0], 1); // every exact render
 * tf.dispose(columns);
 * disposePictureModels(models);
 * ```
 */
export function measureRenders(
  models: PictureModels,
  samples: number,
): Record<string, Tensor> {
  return tf.tidy(() => {
    const c = contextIds(allPicturePrompts.length, samples);
    const pairs = tf.gather(askedThings(), c);
    const renders = drawPairs(models.templates, pairs, keys([evaluationSeed]));
    const { mean } = pairAutoencoder.encode(models.autoencoder, renders);
    const decoded = pairAutoencoder.decode(models.autoencoder, mean);
    const pictures = tf.stack([renders, decoded]);
    return overPrompts(
      measurePictures(models, pictures, {
        ...{ c, contexts: allPicturePrompts.length },
      }),
      parts,
    );
  });
}

/** Measures pictures `[M, N, 3456]` prompt by prompt. */
function measurePictures(
  { templates, judge }: PictureModels,
  pictures: Tensor,
  { c, contexts }: { c: Tensor; contexts: number },
): ByPrompt {
  const [members, count] = pictures.shape as number[];
  const perContext = count / contexts;
  const rows = tf.reshape(pictures, [members * count, -1]);
  const match = matchPairs(templates, rows);
  const asked = tf.gather(askedThings(), c); // [N, 2]
  const { reward, right } = pairReward(
    tf.reshape(match.things, [members, count, 2, -1]),
    asked,
  );
  const seen = tf.reshape(judgedThings(judge, rows), [members, count, 2]);
  const judged = tf.min(tf.cast(tf.equal(seen, asked), "float32"), -1);
  const byPrompt = (values: Tensor) =>
    tf.mean(tf.reshape(values, [members, contexts, -1]), -1);
  // The effective number of kinds among the samples of a prompt, in each half.
  const kinds = (errors: Tensor) => {
    const nearest = tf.argMin(errors, -1);
    const one = tf.oneHot(nearest.as1D(), errors.shape[2]!);
    const shares = tf.mean(
      tf.reshape(tf.cast(one, "float32"), [
        members,
        contexts,
        perContext,
        2,
        -1,
      ]),
      2,
    );
    return byPrompt(tf.exp(shareEntropy(shares)));
  };
  return {
    reward: byPrompt(reward),
    right: byPrompt(right),
    judged: byPrompt(judged),
    flaw: byPrompt(match.flaw),
    styles: kinds(match.styles),
    backgrounds: kinds(match.backgrounds),
    distance: pairwiseDistance(pictures, { contexts }),
  };
}
