import { join } from "node:path";
import { writeText } from "../../data/files.ts";
import { writeSafetensors } from "../../data/safetensors.ts";
import { type Params } from "../../models/params.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import {
  alphaName,
  assertAdapters,
  factorNames,
  memberOf,
} from "../layers/lora.ts";
import { linearsOf } from "./decoder_layers.ts";
import { type LanguageModel } from "./language_model.ts";

/**
 * Writes a model with adapters merged into its weights, `w + (alpha / r) B A`, as a
 * folder in the hub's layout (`config.json`, `model.safetensors`, float32) that
 * `transformers` and `loadLanguageModel` open. Each file is written all or nothing, a
 * tensor at a time. The tokenizer stays that of the base.
 *
 * @param folder The folder, which is made if it is missing.
 * @param model The base, which stays as it is.
 * @param adapters Adapters of M members.
 * @param member Which of them; may be left out where there is but one.
 * @throws {TypeError} If the adapters do not fit the model.
 * @throws {RangeError} If there is no such member, or there are several and none is
 * named.
 *
 * @example
 * ```ts
 * import { loadLanguageModel, readAdapters, tf, writeMerged } from "kit";
 *
 * const base = "tests/pretrained/fixtures/decoders/llama";
 * const model = await loadLanguageModel(base);
 * const adapters = await readAdapters(`${base}/adapter`, model);
 * const folder = await Deno.makeTempDir();
 * await writeMerged(folder, model, adapters);
 * const merged = await loadLanguageModel(folder);
 * tf.dispose(adapters);
 * model.dispose();
 * merged.dispose();
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeMerged(
  folder: string,
  { config, decoder }: LanguageModel,
  adapters: Params,
  member?: number,
): Promise<void> {
  const own = memberOf(adapters, member);
  const merged: Record<string, Tensor> = {};
  try {
    assertAdapters(own, linearsOf(decoder.config), 1);
    for (const [name, weight] of Object.entries(decoder.weights)) {
      const [a, b] = factorNames(name.replace(/\.weight$/, ""));
      if (!(a in own)) continue;
      merged[name] = tf.tidy(() => {
        const scale = tf.div(own[alphaName], own[a].shape[1]!);
        const change = tf.matMul(
          tf.squeeze(own[b], [0]),
          tf.squeeze(own[a], [0]),
        );
        return tf.add(weight, tf.mul(change, scale));
      });
    }
    await writeSafetensors(
      join(folder, "model.safetensors"),
      { ...decoder.weights, ...merged },
      { format: "pt" },
    );
    // The other name of dtype is that of transformers before 5.
    const { torch_dtype: _, ...rest } = config;
    const text = JSON.stringify({ ...rest, dtype: "float32" }, null, 2);
    await writeText(join(folder, "config.json"), `${text}\n`);
  } finally {
    tf.dispose([own, merged]);
  }
}
