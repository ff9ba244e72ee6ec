// The oracle of flow policies: how a flow draws answers, and what a loss sees of them.
import { type Params } from "../../../lib/models/params.ts";
import { type VelocityModel } from "../../../lib/models/velocity_model.ts";
import { tf } from "../../../lib/tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../../../lib/tf/random.ts";
import { type PolicyOracle } from "./iteration.ts";
import { rowsOf } from "./numbers.ts";

/** What a loss sees of an answer of a flow: each `[D]`. */
export interface FlowAnswer {
  vt: number[];
  ut: number[];
  vRef: number[];
  /** Under the policy that drew the answer. */
  vOld: number[];
}

/** A flow: Euler steps from noise; an update compares velocities on the path. */
export function flowOracle(
  { model, reference, sampleSteps }: {
    model: VelocityModel;
    reference: Params;
    sampleSteps: number;
  },
): PolicyOracle<FlowAnswer> {
  const { contexts, dim } = model;
  return {
    contexts,
    reference,
    draw(params, { seed, iteration, perContext, anchor = reference }) {
      const count = contexts * perContext;
      const c = tf.tensor1d(
        Array.from({ length: count }, (_, i) => Math.floor(i / perContext)),
        "int32",
      );
      const key = foldIn(keys([seed]), iteration);
      let x = normal(foldIn(key, 0), [count, dim]);
      for (let step = 0; step < sampleSteps; step++) {
        const v = model.velocity(params, x, tf.scalar(step / sampleSteps), c);
        x = tf.add(x, tf.div(v, sampleSteps));
      }
      const x1 = rowsOf([...x.dataSync()], dim);
      return {
        answers: x1,
        dtype: "float32",
        update(number) {
          const fresh = foldIn(key, 1 + number);
          const t = [...uniform(foldIn(fresh, 0), [count]).dataSync()];
          const noise = normal(foldIn(fresh, 1), [count, dim]).dataSync();
          const x0 = rowsOf([...noise], dim);
          // On the straight path xt = (1 - t) x0 + t x1, whose velocity is x1 - x0.
          const xt = x1.map((row, i) =>
            row.map((end, d) => (1 - t[i]) * x0[i][d] + t[i] * end)
          );
          const ut = x1.map((row, i) => row.map((end, d) => end - x0[i][d]));
          const velocity = (params: Params) =>
            model.velocity(params, tf.tensor3d([xt]), tf.tensor2d([t]), c);
          const vRef = rowsOf([...velocity(anchor).dataSync()], dim);
          const vOld = rowsOf([...velocity(params).dataSync()], dim);
          return {
            outputs: velocity,
            answers: (values) =>
              rowsOf(values, dim).map((vt, i) => ({
                vt,
                ut: ut[i],
                vRef: vRef[i],
                vOld: vOld[i],
              })),
          };
        },
      };
    },
  };
}
