import { type Task } from "../experiments/experiment.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { countMembers, mapParams, type Params } from "../models/params.ts";
import { flowPolicy } from "../policies/flow.ts";
import { matchPairs, pairReward } from "../rewards/pair_match.ts";
import { type Reward } from "../rewards/reward.ts";
import { tf } from "../tf/backend.ts";
import { type Row } from "../train/row.ts";
import {
  allPicturePrompts,
  pairAutoencoder,
  pairFlow,
  type PairFlowSize,
  type PictureModels,
  picturePrompts,
} from "./picture_models.ts";
import {
  askedThings,
  drawPictures,
  guidanceScales,
  levelsOf,
  measureAt,
  sampleSteps,
  unknown,
} from "./text_picture_measures.ts";

/** Pictures of each caption that are shown, and of how many captions of each part. */
const shown = { pictures: 3, captions: 2 };

/**
 * The paper's first table in miniature: fine-tune a flow of pictures, given captions, on
 * whether both objects and their colors are those of the caption, by comparison with all
 * exact renders ({@linkcode matchPairs}, {@linkcode pairReward}).
 *
 * @param models The models; they stay.
 * @param size Which flow.
 * @returns The task. It measures, each `[M]`, on the captions that are fine-tuned: `reward`;
 * `right`, how often both halves are nearest to what the caption asks for; `judged`, how
 * often the judge sees that too; `flaw`, the squared error of a half to the nearest exact
 * render, for each number of its object (0 is an exact render); `styles` and
 * `backgrounds`, the effective number of each within a caption, 4 at most; `distance`, of
 * two pictures of a caption. The same with `HeldOut` after the name on pairs, and with
 * `Unseen` on things, that the flow was not pretrained on; and with `Guided2` and
 * `Guided4`, once training is over, on those that are fine-tuned, drawn with guidance. It shows pictures as
 * `picture` (bytes in base 64, red, green and blue) with their `caption`.
 *
 * @example
 * ```ts
 * import { disposePictureModels, loadPictureModels, textPicturesTask } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const models = await loadPictureModels();
 * const task = textPicturesTask(models, "small");
 * assertEquals(task.policy.contexts, 24); // captions that are fine-tuned
 * disposePictureModels(models);
 * ```
 */
export function textPicturesTask(
  models: PictureModels,
  size: PairFlowSize,
): Task<FlowVelocities> {
  const trained = picturePrompts.trained.length;
  const texts = tf.tidy(() =>
    tf.slice(models.texts, [0, 0, 0], [trained, -1, -1])
  );
  const reference = models.flows[size];
  const model = pairFlow(size, texts);
  return {
    name: `${size} net`,
    policy: flowPolicy({ model, reference }, { sampleSteps }),
    reward: latentReward(models),
    measure: (params, { samples, done }) =>
      tf.tidy(() => {
        const plain = measureAt(models, size, params, { samples, scale: 1 });
        const guided = guidanceScales.map((scale) =>
          done
            ? measureAt(models, size, params, { samples, scale })
            : unknown(scale, countMembers(params))
        );
        return Object.assign(plain, ...guided);
      }),
    show: (params, members) => showPictures(models, size, params, members),
  };
}

/** The reward of latents `[M, N, 288]`. */
function latentReward({ autoencoder, templates }: PictureModels): Reward {
  return (x1, c) =>
    tf.tidy(() => {
      const [members, samples] = x1.shape as number[];
      const { things } = matchPairs(
        templates,
        tf.reshape(pairAutoencoder.decode(autoencoder, x1), [
          -1,
          pairAutoencoder.dim,
        ]),
      );
      const asked = tf.gather(askedThings(), c);
      return pairReward(
        tf.reshape(things, [members, samples, 2, -1]),
        asked,
      ).reward;
    });
}

async function showPictures(
  models: PictureModels,
  size: PairFlowSize,
  params: Params,
  members: readonly number[],
): Promise<Row[]> {
  const { trained, heldOut } = picturePrompts;
  const prompts = [0, trained.length, trained.length + heldOut.length]
    .flatMap((first) =>
      Array.from({ length: shown.captions }, (_, i) => first + i)
    );
  const c = prompts.flatMap((prompt) => Array(shown.pictures).fill(prompt));
  const bytes = tf.tidy(() => {
    const ids = tf.tensor1d(c, "int32");
    const own = tf.tensor1d([...members], "int32");
    const shown = mapParams(params, (param) => tf.gather(param, own));
    return levelsOf(drawPictures(models, size, shown, { c: ids, scale: 1 }));
  });
  const values = await bytes.array() as number[][][];
  bytes.dispose();
  return members.flatMap((member, at) =>
    values[at].map((picture, i): Row => ({
      member,
      caption: allPicturePrompts[c[i]].caption,
      picture: Uint8Array.from(picture).toBase64(),
    }))
  );
}
