import { join } from "node:path";
import { dataDir, writeBytes } from "../data/files.ts";
import { decodeSafetensors, encodeSafetensors } from "../data/safetensors.ts";
import { convClassifier } from "../models/conv_classifier.ts";
import { mlpVelocity } from "../models/mlp_velocity.ts";
import { type Params } from "../models/params.ts";
import { pictureAutoencoder } from "../models/picture_autoencoder.ts";

/** The flow of the 2-D mixture. */
export const mixtureFlow = mlpVelocity({
  dim: 2,
  contexts: 4,
  width: 64,
  depth: 3,
});

/** The digits' latent space of 32 numbers. */
export const digitAutoencoder = pictureAutoencoder({
  dim: 784,
  latent: 32,
  hidden: 256,
});

/** The flow of the digits, in that space, without context. */
export const digitFlow = mlpVelocity({
  dim: 32,
  contexts: 1,
  width: 256,
  depth: 4,
});

/** The classifier of digits: one is trained for the reward, another to judge. */
export const digitClassifier = convClassifier({ side: 28, classes: 10 });

/** The pretrained models that are kept in `data/models`. */
export type ModelName =
  | "mixture_flow"
  | "digit_autoencoder"
  | "digit_flow"
  | "digit_reward"
  | "digit_judge"
  | "language_rough"
  | "language_shortcut"
  | "language_stuck";

const pathOf = (name: ModelName) =>
  join(dataDir, "models", `${name}.safetensors`);

/**
 * Reads the parameters of a pretrained model.
 *
 * @param name Which one.
 * @returns The parameters of one member, which the caller disposes.
 *
 * @example
 * ```ts
 * import { disposeParams, loadPretrained, mixtureFlow, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const params = await loadPretrained("mixture_flow");
 * const vt = tf.tidy(() =>
 *   mixtureFlow.velocity(params, tf.zeros([1, 4, 2]), tf.scalar(0), tf.range(0, 4, 1, "int32"))
 * );
 * assertEquals(vt.shape, [1, 4, 2]);
 * tf.dispose(vt);
 * disposeParams(params);
 * ```
 */
export async function loadPretrained(name: ModelName): Promise<Params> {
  return decodeSafetensors(await Deno.readFile(pathOf(name))).tensors;
}

/**
 * Writes the parameters of a pretrained model, all or nothing.
 *
 * @param name Which one.
 * @param params The parameters of one member; they stay.
 * @param metadata How they were made, as text.
 */
export async function savePretrained(
  name: ModelName,
  params: Params,
  metadata: Record<string, string>,
): Promise<void> {
  await writeBytes(pathOf(name), await encodeSafetensors(params, metadata));
}
