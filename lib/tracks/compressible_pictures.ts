import { type HostReward, type Task } from "../experiments/experiment.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { pictureSize } from "../data/two_objects.ts";
import { jpegBytes, jpegEncoder } from "../rewards/jpeg_bytes.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { pairAutoencoder, type PictureModels } from "./picture_models.ts";
import { levelsOf, measureAt } from "./text_picture_measures.ts";
import { textPicturesTask } from "./text_pictures.ts";

/** What a picture of the flow before fine-tuning takes, in kilobytes, about. */
const usualSize = 1.4;

/**
 * The ORW paper's compressibility: fine-tune a flow of pictures, given captions, on how
 * small their JPEG files are ({@linkcode jpegBytes}),
 *
 *     r(x) = 1.4 - kilobytes of x,
 *
 * which is about 0 at the start and about 1.1 of an empty picture. Nothing pays for what
 * the caption asks: how much of that is left tells what compression costs.
 *
 * Paper: Fan et al. (ICLR 2025, arXiv 2502.06061), the compression of CIFAR-10.
 *
 * @param models The models; they stay.
 * @returns The task, on the small flow. It measures and shows what
 * {@linkcode textPicturesTask} does, less the reward of that, and guidance; its own
 * `reward` is the mean over the pictures that training drew.
 *
 * @example
 * ```ts
 * import { compressiblePicturesTask, disposePictureModels, loadPictureModels } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const models = await loadPictureModels();
 * const task = compressiblePicturesTask(models);
 * assertEquals(task.name, "small files");
 * disposePictureModels(models);
 * ```
 */
export function compressiblePicturesTask(
  models: PictureModels,
): Task<FlowVelocities> {
  const { policy, show } = textPicturesTask(models, "small");
  return {
    ...{ name: "small files", policy, show },
    reward: compressibility(models),
    measure(params, { samples }) {
      const columns = measureAt(models, "small", params, { samples, scale: 1 });
      return Object.fromEntries(
        Object.entries(columns).filter(([name]) => !name.startsWith("reward")),
      );
    },
  };
}

/** The reward of latents `[M, N, 288]`, by what their files take. */
const compressibility = ({ autoencoder }: PictureModels): HostReward => ({
  name: `${usualSize} - kilobytes, ${jpegEncoder}`,
  async score(answers: Tensor): Promise<Tensor> {
    const levels = tf.tidy(() =>
      levelsOf(pairAutoencoder.decode(autoencoder, answers))
    );
    const bytes = Uint8Array.from(await levels.data());
    levels.dispose();
    const { dim } = pairAutoencoder;
    const rewards: number[] = [];
    for (let at = 0; at < bytes.length; at += dim) {
      const size = await jpegBytes(bytes.subarray(at, at + dim), pictureSize);
      rewards.push(usualSize - size / 1000);
    }
    const [members, samples] = answers.shape;
    return tf.tensor2d(rewards, [members, samples!], "float32");
  },
});
