/**
 * Paths from noise at t = 0 to data at t = 1, and the times at which they are
 * matched.
 *
 * @module
 */

export { logitNormalTimes } from "./logit_normal_times.ts";
export { rectifiedFlow } from "./rectified_flow.ts";
