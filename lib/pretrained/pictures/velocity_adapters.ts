import { type Params } from "../../models/params.ts";
import { type Tensor } from "../../tf/backend.ts";
import { assertKnown } from "../../tf/check.ts";
import {
  type Linears,
  type LoraOptions,
  makeAdapters,
} from "../layers/lora.ts";

/** The layers that are adapted where nothing else is said: those of attention. */
export const initialTargets = ["to_q", "to_k", "to_v", "to_out.0"] as const;

/**
 * Makes low-rank adapters for a transformer of pictures, as `initAdapters` does for a
 * language model: a linear layer `W` becomes `W + (alpha / r) B A`, A even in
 * +-1 / sqrt(in), B zero (Hu et al. 2021, arXiv 2106.09685, section 4.1).
 *
 * @param transformer The transformer.
 * @param keys int32 `[M, 2]`; member i depends on `keys[i]` alone.
 * @param options Which layers, and how.
 * @returns `alpha` `[M]`, and for each layer `name.lora_A.weight` `[M, r, in]` and
 * `name.lora_B.weight` `[M, out, r]`; the caller disposes them.
 * @throws {RangeError} If a number is not positive, or a target ends no layer's name.
 * @throws {TypeError} If an option has an unknown name.
 *
 * @example
 * ```ts
 * import { initVelocityAdapters, keys, loadVelocityTransformer, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = new URL("tests/pretrained/fixtures/sana/transformer", `file://${Deno.cwd()}/`);
 * const sana = await loadVelocityTransformer(folder.pathname);
 * const adapters = tf.tidy(() =>
 *   initVelocityAdapters(sana, keys([0, 1]), { rank: 2, alpha: 4, targets: ["attn1.to_q"] })
 * );
 * assertEquals(adapters["transformer_blocks.0.attn1.to_q.lora_A.weight"].shape, [2, 2, 16]);
 * tf.dispose(adapters);
 * sana.dispose();
 * ```
 */
export function initVelocityAdapters(
  { linears }: { readonly linears: Linears },
  keys: Tensor,
  options: LoraOptions,
): Params {
  assertKnown("the options of initVelocityAdapters", options, [
    ...["rank", "alpha", "targets"],
  ]);
  const { rank, alpha, targets = initialTargets } = options;
  return makeAdapters(linears, keys, { rank, alpha, targets });
}
