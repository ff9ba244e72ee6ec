import { type RingMixture, ringMixture } from "../data/mixture.ts";
import { mlpVelocity } from "../models/mlp_velocity.ts";
import { type Params } from "../models/params.ts";
import { type VelocityModel } from "../models/velocity_model.ts";
import { tf } from "../tf/backend.ts";

/** The mixture that the 2-D experiments fine-tune a flow of. */
export const mixture: RingMixture = ringMixture();

/** The size of the flows of the mixture, but for their width. */
const size = { dim: 2, contexts: mixture.weights.length, depth: 3 };

/** The flow of the 2-D mixture; `loadPretrained("mixture_flow")` has its parameters. */
export const mixtureFlow: VelocityModel = mlpVelocity({ ...size, width: 64 });

/** The names of the pretrained flows of the mixture, by the units of a layer. */
export const mixtureWidths: Record<16 | 32 | 64 | 128, string> = {
  16: "mixture_flow_w16",
  32: "mixture_flow_w32",
  64: "mixture_flow",
  128: "mixture_flow_w128",
};

/**
 * A flow whose contexts are angles, not names: the embedding of a context is a linear
 * map of its direction,
 *
 *     embedding_c = [cos phi_c, sin phi_c] W,
 *
 * in place of a row of its own. What is learnt at some angles bears on those between,
 * as what is learnt of some prompts bears on others that a text encoder puts near them.
 * The same parameters serve any angles.
 *
 * @param options The `angles` of the contexts, in radians, and the `width` of a layer.
 * @returns The model; its parameters have `context/angle`, `[M, 2, width]`, in place
 * of `context/embedding`.
 *
 * @example
 * ```ts
 * import { angleFlow, keys, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const params = angleFlow({ angles: [0, Math.PI], width: 8 }).init(keys([0]));
 * const { velocity } = angleFlow({ angles: [1, 2, 3], width: 8 });
 * const c = tf.range(0, 3, 1, "int32");
 * const vt = velocity(params, tf.zeros([1, 3, 2]), tf.scalar(0.5), c);
 * assertEquals(vt.shape, [1, 3, 2]);
 * tf.dispose([params, c, vt]);
 * ```
 */
export function angleFlow(
  { angles, width }: { angles: readonly number[]; width: number },
): VelocityModel {
  const contexts = angles.length;
  const model = mlpVelocity({ ...size, contexts, width });
  const plane = mlpVelocity({ ...size, contexts: 2, width });
  return {
    ...model,
    init(keys) {
      const { "context/embedding": axes, ...params } = plane.init(keys);
      return { ...params, "context/angle": axes };
    },
    velocity: ({ "context/angle": axes, ...params }, xt, t, c) =>
      tf.tidy(() => {
        const directions = angles.map((a) => [Math.cos(a), Math.sin(a)]);
        const embedding = tf.matMul(tf.tensor2d(directions), axes); // [M, C, width]
        const embedded = { ...params, "context/embedding": embedding };
        return model.velocity(embedded, xt, t, c);
      }),
  };
}

/**
 * The flow of a mixture that parameters are of: its width, and whether its contexts
 * are angles, follow from them.
 *
 * @param params Parameters of a flow of the mixture, of M members.
 * @param ring The mixture whose contexts it is asked.
 * @returns The model.
 * @throws {TypeError} If they are no such parameters, or know other contexts.
 *
 * @example
 * ```ts
 * import { loadPretrained, mixture, mixtureFlowOf, mixtureWidths, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const narrow = await loadPretrained(mixtureWidths[16]);
 * assertEquals(mixtureFlowOf(narrow, mixture).contexts, 4);
 * tf.dispose(narrow);
 * ```
 */
export function mixtureFlowOf(
  params: Params,
  { angles }: RingMixture,
): VelocityModel {
  const kernel = params["input/kernel"]?.shape;
  if (kernel?.length !== 3 || kernel[1] !== size.dim) {
    throw new TypeError(
      `Expected parameters of a flow in the plane, with input/kernel of shape [M, 2, width], got ${
        kernel ? `[${kernel}]` : Object.keys(params).join(", ")
      }`,
    );
  }
  const [, , width] = kernel;
  if ("context/angle" in params) return angleFlow({ angles, width });
  const known = params["context/embedding"]?.shape[1] === size.contexts &&
    `${angles}` === `${mixture.angles}`;
  if (!known) {
    throw new TypeError(
      `Expected a flow whose contexts are angles, such as mixture_angles, or the contexts of ringMixture(), which are all that the others know, got angles ${
        angles.map((angle) => angle.toPrecision(3)).join(", ")
      }`,
    );
  }
  return mlpVelocity({ ...size, width });
}
