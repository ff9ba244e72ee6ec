import { assertAlmostEquals, assertEquals } from "@std/assert";
import { jointVelocity } from "../../lib/models/joint_velocity.ts";
import { mapParams } from "../../lib/models/params.ts";
import { type VelocityModel } from "../../lib/models/velocity_model.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../../lib/tf/random.ts";

/** Texts of four contexts, three words each. */
export const texts = tf.tidy(() =>
  tf.squeeze(normal(keys([7]), [4, 3, 5]), [0])
);

/** A small model of texts. */
export const joint = jointVelocity({
  ...{ places: 2, channels: 3, width: 8, depth: 2, heads: 2, texts },
});

/** The same from where no part of it is zero, as it starts. */
export const moved = {
  ...joint,
  init: (seeds: Tensor) =>
    tf.tidy(() => {
      const start = joint.init(seeds);
      const names = Object.keys(start);
      return mapParams(start, (param, name) =>
        tf.add(
          param,
          tf.mul(
            0.1,
            normal(
              foldIn(seeds, 50 + names.indexOf(name)),
              param.shape.slice(1),
            ),
          ),
        ));
    }),
};

/** The points of each member. */
export const samples = 5;

/** Parameters of three members, points, times `[M, N]`, contexts, targets. */
export function inputs({ dim, init }: VelocityModel, seeds = [1, 2, 3]) {
  return tf.tidy(() => {
    const member = keys(seeds);
    return {
      params: init(member),
      xt: normal(foldIn(member, 101), [samples, dim]),
      t: uniform(foldIn(member, 102), [samples]),
      ut: normal(foldIn(member, 103), [samples, dim]),
      c: tf.tensor1d([0, 1, 2, 3, 1], "int32"),
    };
  });
}

/** Asserts that each value is within `tolerance` of the one expected. */
export async function assertClose(
  actual: Tensor,
  expected: Tensor,
  tolerance = 1e-5,
) {
  assertEquals(actual.shape, expected.shape);
  const values = await expected.data();
  (await actual.data()).forEach((value, i) =>
    assertAlmostEquals(value, values[i], tolerance)
  );
}
