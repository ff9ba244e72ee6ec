import { type Tensor } from "../tf/backend.ts";
import { countMembers, type Params } from "./params.ts";

/**
 * A velocity field `v(xt, t, c)` with learned parameters, for a whole population
 * of members at once. A model is a pair of pure functions; the parameters are
 * the caller's.
 */
export interface VelocityModel {
  /** The size of a flattened event, D. */
  readonly dim: number;
  /** The number of contexts, C; 1 for a model without context. */
  readonly contexts: number;
  /**
   * Draws starting parameters.
   *
   * @param keys int32 `[M, 2]`; member `i` depends on `keys[i]` alone.
   * @returns Parameters, each `[M, ...]`, which the caller disposes.
   */
  init(keys: Tensor): Params;
  /**
   * Computes the velocity. Gradients reach `params`, `xt` and `t`.
   *
   * @param params Parameters of M members.
   * @param xt Points, `[M, N, D]`.
   * @param t Times in [0, 1]: a scalar `[]` (a sampler's) or `[M, N]` (training).
   * @param c Contexts in [0, C), int32 `[N]`, shared by the members.
   * @returns The velocities, `[M, N, D]`, which the caller disposes.
   * @throws {TypeError} If a shape or type does not fit.
   */
  velocity(params: Params, xt: Tensor, t: Tensor, c: Tensor): Tensor;
}

/**
 * Checks the shapes and types of a velocity's arguments; reads no value.
 *
 * @throws {TypeError} If one does not fit, naming it.
 */
export function assertVelocityInputs(
  dim: number,
  { params, xt, t, c }: { params: Params; xt: Tensor; t: Tensor; c: Tensor },
): void {
  const members = countMembers(params);
  const [m, n, d] = xt.shape;
  if (xt.rank !== 3 || m !== members || d !== dim) {
    throw new TypeError(
      `Cannot compute velocity: expected xt of shape [${members}, N, ${dim}], got [${xt.shape}]`,
    );
  }
  if (t.rank !== 0 && (t.rank !== 2 || t.shape[0] !== m || t.shape[1] !== n)) {
    throw new TypeError(
      `Cannot compute velocity: expected t of shape [] or [${m},${n}], got [${t.shape}]`,
    );
  }
  if (c.rank !== 1 || c.shape[0] !== n || c.dtype !== "int32") {
    throw new TypeError(
      `Cannot compute velocity: expected c of type int32 and shape [${n}], got ${c.dtype} [${c.shape}]`,
    );
  }
}
