import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositive } from "../tf/check.ts";
import { type State } from "./state.ts";

/**
 * Freezes the members that diverge and lets the others go on.
 *
 * A member is alive while each of its signals is finite and at most `limit` in
 * size. One that fails keeps its previous state, from then on, whatever the next
 * one holds (`NaN` too); the values of the others are taken over bit by bit.
 * Samples often stay finite while the loss explodes, so watch the loss.
 *
 * @param states The state before the update, with `alive`, int32 `[M]`, and the
 * one after it. A tensor that both share, such as a frozen reference, is left
 * alone.
 * @param signals What tells divergence, each `[M]`: losses, gradient norms.
 * @param options The largest size of a signal.
 * @returns The next state with the new `alive`; its tensors are fresh but for the
 * shared ones; the caller disposes them.
 * @throws {TypeError} If a tensor has no leading member axis.
 * @throws {RangeError} If `limit` is not positive and finite.
 *
 * @example
 * ```ts
 * import { freezeDiverged, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const previous = { w: tf.tensor1d([1, 2]), alive: tf.ones([2], "int32") };
 * const next = { ...previous, w: tf.tensor1d([NaN, 3]) };
 * const losses = tf.tensor1d([NaN, 0.5]);
 * const { w, alive } = freezeDiverged({ previous, next }, [losses], { limit: 1e6 });
 * assertEquals(await w.array(), [1, 3]);
 * assertEquals(await alive.array(), [0, 1]);
 * tf.dispose([previous, next, losses, w, alive]);
 * ```
 */
export function freezeDiverged(
  { previous, next }: { previous: State; next: State },
  signals: readonly Tensor[],
  { limit }: { limit: number },
): State {
  assertPositive("limit", limit);
  const members = previous.alive.size;
  return tf.tidy(() => {
    // A comparison with NaN is false, so that NaN counts as beyond the limit.
    const alive = signals.reduce(
      (still, signal) =>
        tf.logicalAnd(still, tf.lessEqual(tf.abs(signal), limit)),
      tf.cast(previous.alive, "bool"),
    );
    const entries = Object.entries(next).map(([name, tensor]) => {
      if (name === "alive") return [name, tf.cast(alive, "int32")];
      const before = previous[name];
      if (tensor === before) return [name, tensor];
      if (tensor.shape[0] !== members) {
        throw new TypeError(
          `Cannot freeze: expected "${name}" of shape [${members}, ...], got [${tensor.shape}]`,
        );
      }
      const ones = tensor.shape.slice(1).map(() => 1);
      const goesOn = tf.reshape(alive, [members, ...ones]);
      return [name, tf.where(goesOn, tensor, before)];
    });
    return Object.fromEntries(entries);
  });
}
