import { type Params } from "../../models/params.ts";
import { type Tensor } from "../../tf/backend.ts";
import { assertKnown } from "../../tf/check.ts";
import { type LoraOptions, makeAdapters } from "../layers/lora.ts";
import { readDecoderConfig } from "./decoder_config.ts";
import { linearsOf } from "./decoder_layers.ts";

/**
 * Makes the parameters of low-rank adapters: a linear layer `w` of the frozen base
 * becomes
 *
 *     w + (alpha / r) B A
 *
 * with A `[r, inputs]` uniform in +-1 / sqrt(inputs) and B `[outputs, r]` zero, so
 * that the model starts as the base itself (Hu et al. 2021, arXiv 2106.09685, section
 * 4.1; the draw of A is that of `peft`). The base has one copy, whoever runs it: a
 * member of a population is a set of adapters, and the reference is the base without
 * any.
 *
 * Alpha is a parameter of the tree, whose gradient is zero: whatever trains, copies or
 * saves the tree keeps it.
 *
 * @param model The language model.
 * @param keys int32 `[M, 2]`; member i depends on `keys[i]` alone.
 * @param options Which layers, and how.
 * @returns By name, each `[M, ...]`; the caller disposes them.
 * @throws {RangeError} If a number is not positive, or a target ends no layer's name.
 * @throws {TypeError} If an option has an unknown name.
 *
 * @example
 * ```ts
 * import { initAdapters, keys, loadLanguageModel, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadLanguageModel("tests/pretrained/fixtures/decoders/llama");
 * const seeds = keys([1]);
 * const adapters = initAdapters(model, seeds, { rank: 2, alpha: 4 });
 * const tokens = tf.tensor2d([[5, 9, 11]], [1, 3], "int32");
 * const [policy, reference] = [model.logits(tokens, adapters), model.logits(tokens)];
 * assertEquals(await policy.data(), await reference.data());
 * tf.dispose([seeds, adapters, tokens, policy, reference]);
 * model.dispose();
 * ```
 */
export function initAdapters(
  model: { readonly config: Record<string, unknown> },
  keys: Tensor,
  options: LoraOptions,
): Params {
  assertKnown("the options of initAdapters", options, [
    ...["rank", "alpha", "targets"],
  ]);
  const { rank, alpha, targets = ["q_proj", "v_proj"] } = options;
  const linears = linearsOf(readDecoderConfig(model.config));
  return makeAdapters(linears, keys, { rank, alpha, targets });
}

/**
 * Names layers of the last blocks of a model, as `targets` of {@linkcode initAdapters}.
 * With adapters there alone a gradient remembers nothing of the blocks below.
 *
 * @param model The language model.
 * @param count How many blocks.
 * @param layers Which of their layers; q and v when left out.
 * @returns The ends of the names.
 *
 * @example
 * ```ts
 * import { lastBlocks } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = { decoder: { config: { depth: 30 } } };
 * assertEquals(lastBlocks(model, 1), [
 *   "layers.29.self_attn.q_proj",
 *   "layers.29.self_attn.v_proj",
 * ]);
 * ```
 */
export function lastBlocks(
  model: { decoder: { config: { depth: number } } },
  count: number,
  layers: readonly string[] = ["self_attn.q_proj", "self_attn.v_proj"],
): string[] {
  const { depth } = model.decoder.config;
  const first = Math.max(0, depth - count);
  return Array.from({ length: depth - first }, (_, i) => first + i)
    .flatMap((block) => layers.map((layer) => `layers.${block}.${layer}`));
}
