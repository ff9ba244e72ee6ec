import { join } from "node:path";
import { dataDir, writeBytes } from "../data/files.ts";
import { decodeSafetensors, encodeSafetensors } from "../data/safetensors.ts";
import { type Params } from "./params.ts";

const folder = join(dataDir, "models");

function pathOf(name: string): string {
  if (!/^[a-z0-9_]+$/.test(name)) {
    throw new RangeError(
      `Expected the name of a model, of lower-case letters, digits and _, got "${name}"`,
    );
  }
  return join(folder, `${name}.safetensors`);
}

/**
 * Reads the parameters of a pretrained model.
 *
 * @param name The name of a file in `data/models`, without `.safetensors`.
 * @returns The parameters of one member, which the caller disposes.
 * @throws {RangeError} If there is no such model; the message lists those there are.
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
export async function loadPretrained(name: string): Promise<Params> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(pathOf(name));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const there = Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .map((file) => file.replace(/\.safetensors$/, "")).sort();
    throw new RangeError(
      `Expected the name of a pretrained model, one of ${
        there.join(", ")
      }, got "${name}"`,
    );
  }
  return decodeSafetensors(bytes).tensors;
}

/**
 * Writes the parameters of a pretrained model, all or nothing.
 *
 * @param name The name of the file in `data/models`, without `.safetensors`: lower-case
 * letters, digits and `_`.
 * @param params The parameters of one member; they stay.
 * @param metadata How they were made, as text.
 */
export async function savePretrained(
  name: string,
  params: Params,
  metadata: Record<string, string>,
): Promise<void> {
  await writeBytes(pathOf(name), await encodeSafetensors(params, metadata));
}
