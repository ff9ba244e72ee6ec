import { type Tensor } from "../tf/backend.ts";

/**
 * The right-hand side of the flow's differential equation, `dx/dt = v(x, t)`: maps
 * points `[..., D]` and a time, a scalar tensor, to velocities `[..., D]`.
 */
export type VelocityField = (xt: Tensor, t: Tensor) => Tensor;

/** How finely a fixed-step solver goes. */
export interface FixedSteps {
  /** Steps of equal size from t = 0 to t = 1. */
  steps: number;
}
