import { mapParams, type Params } from "../models/params.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { type Anchor, type Look, type Method, nameOf } from "./method.ts";

/**
 * A method that pulls to an anchor that moves, in place of the reference: its
 * divergence, whatever it is, is taken to the anchor. What the run measures is still
 * compared with the pretrained reference.
 *
 * @param method The method.
 * @param anchor {@linkcode resetEvery}, {@linkcode drawingPolicy} or
 * {@linkcode average}.
 * @param look The look; one that no other method has, if it is left out.
 * @returns The method, swept over the same coefficient. Its state holds the anchor,
 * parameters of every member. `kl` and `covariance` of its logs are to the anchor.
 *
 * @example
 * ```ts
 * import { adrpo, anchored, flow, resetEvery } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const method = anchored(adrpo(flow), resetEvery(50));
 * assertEquals(method.name, "ADRPO-FM, reset every 50");
 * ```
 */
export function anchored<Signals>(
  method: Method<Signals>,
  anchor: Anchor,
  look?: Look,
): Method<Signals> {
  return { ...method, name: nameOf(method.name, anchor.name), look, anchor };
}

/**
 * The policy as it was at the last multiple of R iterations, its start included.
 *
 * Paper: Liu et al. (2025, ProRL, arXiv 2505.24864), the resets of the reference.
 * Deviates from the paper: at fixed times, where the paper resets when the validation
 * stagnates; Adam's memory stays.
 *
 * @param iterations R, a positive integer; 1 is {@linkcode drawingPolicy}.
 * @returns The anchor.
 * @throws {RangeError} If `iterations` is no positive integer.
 *
 * @example
 * ```ts
 * import { resetEvery, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const anchor = { w: tf.tensor1d([1]) };
 * const params = { w: tf.tensor1d([2]) };
 * const { next } = resetEvery(10);
 * const [stays, moves] = [9, 10].map((iteration) =>
 *   next(anchor, params, tf.scalar(iteration, "int32"))
 * );
 * assertEquals([...await stays.w.data(), ...await moves.w.data()], [1, 2]);
 * tf.dispose([anchor, params, stays, moves]);
 * ```
 */
export function resetEvery(iterations: number): Anchor {
  assertPositiveInteger("iterations", iterations);
  return {
    name: `reset every ${iterations}`,
    next: (anchor, params, iteration) =>
      tf.tidy(() => {
        const passed = tf.mod(iteration, tf.scalar(iterations, "int32"));
        const due = tf.equal(passed, tf.scalar(0, "int32"));
        return both(anchor, params, (old, now) => tf.where(due, now, old));
      }),
  };
}

/** The policy that drew the answers: {@linkcode resetEvery} iteration. */
export const drawingPolicy: Anchor = {
  ...resetEvery(1),
  name: "anchor draws",
};

/**
 * The running average of the policies, `anchor = decay anchor + (1 - decay) params`,
 * once an iteration.
 *
 * Paper: Xue et al. (2025, AWM, arXiv 2509.25050), whose released runs pull to such an
 * average.
 *
 * @param decay From 0, which is {@linkcode drawingPolicy}, to below 1.
 * @returns The anchor.
 * @throws {RangeError} If `decay` is out of range.
 *
 * @example
 * ```ts
 * import { average, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const [anchor, params] = [{ w: tf.tensor1d([1]) }, { w: tf.tensor1d([2]) }];
 * const { w } = average(0.75).next(anchor, params, tf.scalar(1, "int32"));
 * assertEquals(await w.array(), [1.25]);
 * tf.dispose([anchor, params, w]);
 * ```
 */
export function average(decay: number): Anchor {
  if (!(decay >= 0 && decay < 1)) {
    throw new RangeError(
      `Expected decay to be from 0 to below 1, got ${decay}`,
    );
  }
  return {
    name: `average ${decay}`,
    next: (anchor, params) =>
      both(
        anchor,
        params,
        (old, now) =>
          tf.tidy(() => tf.add(tf.mul(decay, old), tf.mul(1 - decay, now))),
      ),
  };
}

/** A function of each pair of parameters of one name. */
function both(
  anchor: Params,
  params: Params,
  merge: (old: Tensor, now: Tensor) => Tensor,
): Params {
  return mapParams(params, (now, name) => merge(anchor[name], now));
}
