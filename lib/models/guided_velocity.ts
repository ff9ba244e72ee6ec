import { tf } from "../tf/backend.ts";
import { type CaptionedVelocity } from "./joint_velocity.ts";
import { assertVelocityInputs, type VelocityModel } from "./velocity_model.ts";

/**
 * Classifier-free guidance (Ho and Salimans 2022, arXiv 2207.12598, eq. 6, here of
 * velocities): a model that follows its text more closely,
 *
 *     v(xt, t, none) + scale (v(xt, t, c) - v(xt, t, none)).
 *
 * It must have been trained with the text left out now and then.
 *
 * @param model The model; its parameters serve both.
 * @param options.scale 1 for the model as it is; finite.
 * @returns The guided model, which asks the model twice at once.
 * @throws {RangeError} If `scale` is not finite.
 *
 * @example
 * ```ts
 * import { disposeParams, guidedVelocity, jointVelocity, keys, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const texts = tf.randomNormal([4, 10, 384]);
 * const model = guidedVelocity(
 *   jointVelocity({ places: 18, channels: 16, width: 32, depth: 2, heads: 2, texts }),
 *   { scale: 2 },
 * );
 * const params = tf.tidy(() => model.init(keys([1])));
 * const vt = tf.tidy(() =>
 *   model.velocity(params, tf.zeros([1, 3, 288]), tf.scalar(0), tf.zeros([3], "int32"))
 * );
 * assertEquals(vt.shape, [1, 3, 288]);
 * disposeParams(params);
 * tf.dispose([texts, vt]);
 * ```
 */
export function guidedVelocity(
  model: CaptionedVelocity,
  { scale }: { scale: number },
): VelocityModel {
  if (!Number.isFinite(scale)) {
    throw new RangeError(`Expected scale to be finite, got ${scale}`);
  }
  if (scale === 1) return model;
  return {
    ...model,
    velocity(params, xt, t, c) {
      assertVelocityInputs(model.dim, { params, xt, t, c });
      return tf.tidy(() => {
        const none = tf.fill(c.shape, model.noText, "int32");
        const both = model.velocity(
          params,
          tf.concat([xt, xt], 1),
          t.rank === 0 ? t : tf.concat([t, t], 1),
          tf.concat([c, none]),
        );
        const [given, without] = tf.split(both, 2, 1);
        return tf.add(without, tf.mul(scale, tf.sub(given, without)));
      });
    },
  };
}
