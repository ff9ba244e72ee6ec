/**
 * The samplers on the same velocity model and number of steps.
 *
 * @module
 */

import {
  contextIds,
  euler,
  heun,
  keys,
  midpoint,
  mlpVelocity,
  normal,
  rk4,
  type Tensor,
} from "../lib/mod.ts";

const model = mlpVelocity({ dim: 2, contexts: 4, width: 64, depth: 3 });
const params = model.init(keys([0]));
const c = contextIds(4, 32);
const x0 = normal(keys([1]), [128, 2]); // [M = 1, N, D]
const v = (xt: Tensor, t: Tensor) => model.velocity(params, xt, t, c);

for (const [name, sampler] of Object.entries({ euler, midpoint, heun, rk4 })) {
  Deno.bench({
    name,
    group: "50 steps of a sampler, MLP 64, 128 samples",
    baseline: name === "euler",
    async fn() {
      const x1 = sampler(v, x0, { steps: 50 });
      await x1.data(); // The device has finished.
      x1.dispose();
    },
  });
}
