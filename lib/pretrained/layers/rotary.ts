import { type Tensor, tf } from "../../tf/backend.ts";
import { withGradient } from "./frozen.ts";

/** Cosines and sines of positions, each `[..., headSize]`. */
export type Angles = { cos: Tensor; sin: Tensor };

/**
 * The angles of the positions 0 to `length - 1`, `p base^(-2 i / D)` for the i-th of
 * D / 2 pairs. The sines of the first half are negated.
 *
 * @returns Each `[length, headSize]`, which the caller disposes.
 */
export function rotaryAngles(
  length: number,
  { headSize, ropeBase }: { headSize: number; ropeBase: number },
): Angles {
  const half = headSize / 2;
  const angle = Array.from({ length: length * half }, (_, at) => {
    const [position, pair] = [Math.floor(at / half), at % half];
    return position * ropeBase ** (-pair / half);
  });
  const of = (f: (angle: number) => number) =>
    tf.tensor2d(angle.map(f), [length, half]);
  return tf.tidy(() => ({
    cos: tf.concat([of(Math.cos), of(Math.cos)], 1),
    sin: tf.concat([of((a) => -Math.sin(a)), of(Math.sin)], 1),
  }));
}

/**
 * Turns each pair of features by the angle of its place (RoPE: Su et al. 2021, arXiv
 * 2104.09864, eq. 34). The i-th feature and the one half a head later are a pair, as
 * `transformers` keeps them; the paper's are neighbours.
 *
 * @param x `[..., D]`.
 * @param angles Each broadcasts against `x`.
 * @returns The same shape; the gradient, the turn back, reaches `x`; the caller
 * disposes it.
 */
export function rotate(x: Tensor, { cos, sin }: Angles): Tensor {
  return withGradient(([x], save) => {
    save([cos, sin]); // Made on the way, they may be gone before the gradient runs.
    return {
      value: turn(x, { cos, sin }),
      gradFunc: (dy, [cos, sin]) => turn(dy, { cos, sin: tf.neg(sin) }),
    };
  })(x);
}

function turn(x: Tensor, { cos, sin }: Angles): Tensor {
  const [first, second] = tf.split(x, 2, -1);
  const swapped = tf.concat([second, first], -1);
  return tf.add(tf.mul(x, cos), tf.mul(swapped, sin));
}
