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
import { type Decoder } from "./decoder.ts";
import { type LanguageModel, languageModel } from "./language_model.ts";

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
  const merged = mergedWeights(decoder, adapters, member);
  try {
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
    tf.dispose(merged);
  }
}

/**
 * A model with adapters merged into its weights, `w + (alpha / r) B A`: what it was
 * taught becomes the base, and so the reference of what is trained on top.
 *
 * @param model The base, whose weights stay its own and are shared but for those that
 * change.
 * @param adapters Adapters of M members; they stay.
 * @param member Which of them; may be left out where there is but one.
 * @returns The model; its `dispose` disposes the changed weights alone.
 * @throws As {@linkcode writeMerged}.
 *
 * @example
 * ```ts
 * import { loadLanguageModel, readAdapters, tf, withMerged } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const base = "tests/pretrained/fixtures/decoders/llama";
 * const model = await loadLanguageModel(base);
 * const adapters = await readAdapters(`${base}/adapter`, model);
 * const merged = withMerged(model, adapters);
 * const tokens = tf.tensor2d([[5, 9, 11]], [1, 3], "int32");
 * const [taught, same] = [model.logits(tokens, adapters), merged.logits(tokens)];
 * assertAlmostEquals((await same.data())[0], (await taught.data())[0], 1e-4);
 * tf.dispose([adapters, tokens, taught, same]);
 * merged.dispose();
 * model.dispose();
 * ```
 */
export function withMerged(
  model: LanguageModel,
  adapters: Params,
  member?: number,
): LanguageModel {
  const { decoder } = model;
  const merged = mergedWeights(decoder, adapters, member);
  const weights = { ...decoder.weights, ...merged };
  return {
    ...languageModel({ ...decoder, weights }, model),
    dispose: () => tf.dispose(merged),
  };
}

/** The weights that adapters change, fresh. */
function mergedWeights(
  { config, weights }: Decoder,
  adapters: Params,
  member?: number,
): Record<string, Tensor> {
  return tf.tidy(() => {
    const own = memberOf(adapters, member);
    assertAdapters(own, linearsOf(config), 1);
    const changed = Object.entries(weights).flatMap(([name, weight]) => {
      const [a, b] = factorNames(name.replace(/\.weight$/, ""));
      if (!(a in own)) return [];
      const [A, B] = [tf.squeeze(own[a], [0]), tf.squeeze(own[b], [0])];
      const change = tf.mul(
        tf.matMul(B, A),
        tf.div(own[alphaName], A.shape[0]),
      );
      return [[name, tf.add(weight, change)]];
    });
    return Object.fromEntries(changed);
  });
}
