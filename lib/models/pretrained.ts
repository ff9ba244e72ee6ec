import { join } from "node:path";
import { dataDir, writeBytes } from "../data/files.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsOptions,
} from "../data/safetensors.ts";
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
 * @param options Whether they are written in `half` precision.
 */
export async function savePretrained(
  name: string,
  params: Params,
  metadata: Record<string, string>,
  options: SafetensorsOptions = {},
): Promise<void> {
  const bytes = await encodeSafetensors(params, metadata, options);
  await writeBytes(pathOf(name), bytes);
}

/** How many models are pretrained alike, from seeds of their own. */
const repetitions = 4;

/**
 * The names of the models that were pretrained alike, each from a seed of its own:
 * an experiment over all of them says what does not hang on one pretrained reference.
 *
 * @param name The first one's, such as `"mixture_flow"`.
 * @returns `name`, `name_1`, `name_2` and `name_3`.
 *
 * @example
 * ```ts
 * import { referenceNames } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(referenceNames("mixture_flow")[3], "mixture_flow_3");
 * ```
 */
export function referenceNames(name: string): string[] {
  return Array.from(
    { length: repetitions },
    (_, i) => i === 0 ? name : `${name}_${i}`,
  );
}

/**
 * Reads models that were pretrained alike; see {@linkcode referenceNames}.
 *
 * @param name The first one's, such as `"mixture_flow"`.
 * @param count How many of them, from the first on; all four when left out.
 * @returns The parameters of each, of one member, which the caller disposes.
 * @throws {RangeError} If there are not so many.
 *
 * @example
 * ```ts
 * import { loadReferences, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const references = await loadReferences("mixture_flow", 2);
 * assertEquals(references.length, 2);
 * tf.dispose(references);
 * ```
 */
export async function loadReferences(
  name: string,
  count: number = repetitions,
): Promise<Params[]> {
  if (!(Number.isInteger(count) && count > 0 && count <= repetitions)) {
    throw new RangeError(
      `Expected count to be 1 to ${repetitions} references, got ${count}`,
    );
  }
  return await Promise.all(
    referenceNames(name).slice(0, count).map(loadPretrained),
  );
}
