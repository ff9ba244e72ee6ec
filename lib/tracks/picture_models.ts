import { type ObjectViews, viewSide } from "../data/object_views.ts";
import {
  captionOf,
  drawTemplates,
  type Pair,
  pairSplit,
  pictureSize,
  thingCount,
} from "../data/two_objects.ts";
import { type Classifier } from "../models/classifier.ts";
import { convAutoencoder } from "../models/conv_autoencoder.ts";
import { convClassifier } from "../models/conv_classifier.ts";
import {
  type CaptionedVelocity,
  jointVelocity,
} from "../models/joint_velocity.ts";
import { type Params } from "../models/params.ts";
import { type PictureAutoencoder } from "../models/picture_autoencoder.ts";
import { loadPretrained } from "../models/pretrained.ts";
import { type Tensor, tf } from "../tf/backend.ts";

const channels = 16;

/** The latent space of pictures of two objects: 3 x 6 places of 16 numbers. */
export const pairAutoencoder: PictureAutoencoder = convAutoencoder({
  ...pictureSize,
  channels,
});

/** The judge of one half of a picture, which no reward has seen. */
export const thingJudge: Classifier = convClassifier({
  side: viewSide,
  classes: thingCount,
  channels: 3,
});

/** The sizes of the flows of pictures of two objects. */
export const pairFlowSizes = {
  small: { width: 64, depth: 4, heads: 2 },
  large: { width: 112, depth: 4, heads: 4 },
} as const;

/** The name of a size. */
export type PairFlowSize = keyof typeof pairFlowSizes;

/**
 * The flow of pictures of two objects, in the space of {@linkcode pairAutoencoder}.
 *
 * @param size Which of them.
 * @param texts Captions, as a frozen encoder has them, `[C, 10, 384]`; they stay.
 * @returns The model.
 */
export const pairFlow = (
  size: PairFlowSize,
  texts: Tensor,
): CaptionedVelocity =>
  jointVelocity({
    places: pairAutoencoder.latent / channels,
    channels,
    ...pairFlowSizes[size],
    texts,
  });

/** A caption, and the pair that it is about. */
export interface PicturePrompt {
  caption: string;
  pair: Pair;
}

const promptsOf = (pairs: readonly Pair[], count: number): PicturePrompt[] =>
  pairs.slice(0, count).map((pair, i) => ({
    caption: captionOf(pair, i % 2 === 0 ? 0 : 1),
    pair,
  }));

/**
 * The captions of the experiments: those that are fine-tuned, of pairs that the flows
 * were pretrained on; of pairs held out; and of things held out.
 */
export const picturePrompts: Record<
  "trained" | "heldOut" | "unseen",
  readonly PicturePrompt[]
> = {
  trained: promptsOf(pairSplit.trained, 24),
  heldOut: promptsOf(pairSplit.heldOut, 12),
  unseen: promptsOf(pairSplit.unseen, 12),
};

/** All captions of the experiments, in the order of their texts. */
export const allPicturePrompts: readonly PicturePrompt[] = Object.values(
  picturePrompts,
).flat();

/** The models of the experiments on pictures of two objects. */
export interface PictureModels {
  /** The latent space. */
  autoencoder: Params;
  /** The classifier that judges. */
  judge: Params;
  /** The captions of {@linkcode allPicturePrompts}, `[48, 10, 384]`. */
  texts: Tensor;
  /** The exact renders. */
  templates: ObjectViews;
  /** The flows. */
  flows: Record<PairFlowSize, Params>;
}

/** Loads the models of the experiments; {@linkcode disposePictureModels} disposes them. */
export async function loadPictureModels(): Promise<PictureModels> {
  return {
    autoencoder: await loadPretrained("picture_autoencoder"),
    judge: await loadPretrained("picture_judge"),
    texts: (await loadPretrained("picture_texts")).texts,
    templates: await drawTemplates(),
    flows: {
      small: await loadPretrained("picture_small"),
      large: await loadPretrained("picture_large"),
    },
  };
}

/** Disposes all tensors of the models. */
export function disposePictureModels(models: PictureModels): void {
  const { flows, templates, ...rest } = models;
  tf.dispose([rest, flows, { ...templates }]);
}

/**
 * What the judge sees in both halves of pictures.
 *
 * @param judge The judge's parameters.
 * @param pictures `[R, 24 * 48 * 3]`.
 * @returns Things, int32 `[R, 2]`, which the caller disposes.
 */
export function judgedThings(judge: Params, pictures: Tensor): Tensor {
  return tf.tidy(() => {
    const { height } = pictureSize;
    const cut = tf.reshape(pictures, [-1, height, 2, viewSide, 3]);
    const halves = tf.reshape(tf.transpose(cut, [0, 2, 1, 3, 4]), [
      -1,
      thingJudge.dim,
    ]);
    return tf.reshape(
      tf.argMax(thingJudge.logits(judge, halves), -1),
      [-1, 2],
    );
  });
}
