import { type TokenChoice } from "./token_choice.ts";
import { topK } from "./top_k.ts";

/**
 * Always takes the most likely token, the lowest of equals; its log-probability is
 * 0.
 *
 * @param logits `[..., V]`.
 * @returns Logits, all but the best at -1e9, which the caller disposes.
 *
 * @example
 * ```ts
 * import { greedy, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const p = tf.tidy(() => tf.softmax(greedy(tf.tensor1d([1, 3, 3]))));
 * assertEquals(await p.array(), [0, 1, 0]);
 * p.dispose();
 * ```
 */
export const greedy: TokenChoice = topK(1);
