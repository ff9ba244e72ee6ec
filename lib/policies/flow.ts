import { contextIds } from "../data/context_ids.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { splitContexts } from "../metrics/split_contexts.ts";
import { countMembers, type Params, repeatParams } from "../models/params.ts";
import { type VelocityModel } from "../models/velocity_model.ts";
import { rectifiedFlow } from "../paths/rectified_flow.ts";
import { euler } from "../samplers/euler.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown, assertPositiveInteger } from "../tf/check.ts";
import { foldIn, normal, uniform } from "../tf/random.ts";
import { memberMean, type Policy, shareDraws } from "./policy.ts";

/** A pretrained flow. */
export interface Flow {
  /** The velocity model. */
  model: VelocityModel;
  /** Its pretrained parameters, of one member; frozen. */
  reference: Params;
}

/**
 * A flow as a policy: answers are drawn by Euler steps from noise; an update places
 * each of them on its path at a time of its own, t ~ U(0, 1), and compares the
 * velocities there.
 *
 * @param flow The pretrained flow; its parameters stay.
 * @param options.sampleSteps Euler steps of a draw.
 * @returns The policy, whose signals are `vt`, `ut` and `vRef`, `[M, C, K, D]`, and
 * `vOld` for a method that asks for it; gradients reach `vt` alone.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If `sampleSteps` is no positive integer.
 *
 * @example
 * ```ts
 * import { flowPolicy, keys, mlpVelocity, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = mlpVelocity({ dim: 2, contexts: 3, width: 8, depth: 2 });
 * const reference = model.init(keys([0]));
 * const policy = flowPolicy({ model, reference }, { sampleSteps: 10 });
 * const answers = tf.tidy(() => {
 *   const params = policy.init(2);
 *   return policy.draw(params, { keys: keys([5]), perContext: 4 }).answers;
 * });
 * assertEquals(answers.shape, [2, 12, 2]); // members, samples, dimensions
 * tf.dispose([reference, answers]);
 * ```
 */
export function flowPolicy(
  { model, reference }: Flow,
  options: { sampleSteps: number },
): Policy<FlowVelocities> {
  assertKnown("the options of flowPolicy", options, ["sampleSteps"]);
  const { sampleSteps } = options;
  assertPositiveInteger("sampleSteps", sampleSteps);
  const { contexts, dim } = model;
  return {
    contexts,
    init: (members) => repeatParams(reference, members),
    reference: (members) => repeatParams(reference, members),
    draw(params, { keys, perContext }) {
      const c = contextIds(contexts, perContext);
      const noise = normal(foldIn(keys, 0), [c.size, dim]);
      const answers = euler(
        (xt, t) => model.velocity(params, xt, t, c),
        shareDraws(noise, countMembers(params)),
        { steps: sampleSteps },
      );
      return { answers, c };
    },
    anchor({ answers: x1, c }, keys, { reference: moved, old } = {}) {
      const [members, samples] = x1.shape;
      const t = shareDraws(uniform(foldIn(keys, 0), [samples!]), members);
      const noise = normal(foldIn(keys, 1), [samples!, dim]);
      const x0 = shareDraws(noise, members);
      const { xt, ut } = rectifiedFlow({ x0, x1, t });
      const velocityOf = (params: Params) => model.velocity(params, xt, t, c);
      const vRef = moved
        ? velocityOf(moved)
        : frozenVelocity({ model, reference }, { xt, t, c });
      return { xt, t, ut, vRef, ...old && { vOld: velocityOf(old) } };
    },
    signals(params, { c }, { xt, t, ...anchor }) {
      const vt = model.velocity(params, xt, t, c);
      return byPrompt({ vt, ...anchor } as FlowVelocities, contexts);
    },
    reduce: memberMean,
  };
}

/**
 * The velocity of a one-member flow at the points of a whole population, as one
 * product.
 *
 * @param flow The flow; its parameters are of one member.
 * @param points `xt` `[M, N, D]`, `t` `[M, N]`, `c` int32 `[N]`.
 * @returns `[M, N, D]`, which the caller disposes.
 */
export function frozenVelocity(
  { model, reference }: Flow,
  { xt, t, c }: { xt: Tensor; t: Tensor; c: Tensor },
): Tensor {
  return tf.tidy(() => {
    const [members] = xt.shape;
    const vt = model.velocity(
      reference,
      tf.reshape(xt, [1, -1, model.dim]),
      tf.reshape(t, [1, -1]),
      // As it is for one member: a graph then shares with the policy what no parameter
      // decides, such as all that a frozen model makes of prompts and times.
      members === 1 ? c : tf.tile(c, [members]),
    );
    return tf.reshape(vt, xt.shape);
  });
}

/** Parts velocities `[M, N, D]` by prompt, `[M, C, K, D]`. */
export function byPrompt(
  { vt, ut, vRef, vOld }: FlowVelocities,
  contexts: number,
): FlowVelocities {
  return {
    vt: splitContexts(vt, contexts),
    ut: splitContexts(ut, contexts),
    vRef: splitContexts(vRef, contexts),
    ...vOld && { vOld: splitContexts(vOld, contexts) },
  };
}
