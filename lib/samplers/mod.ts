/**
 * Samplers: solvers that take a velocity field from noise to data, the exact density
 * of what they draw, and the choices by which a language model picks its next token.
 *
 * @module
 */

export {
  type AdaptiveResult,
  dormandPrince,
  type Tolerances,
} from "./dormand_prince.ts";
export { euler } from "./euler.ts";
export { flowLogDensity } from "./flow_log_density.ts";
export { heun } from "./heun.ts";
export { midpoint } from "./midpoint.ts";
export { rk4 } from "./rk4.ts";
export type { FixedSteps, VelocityField } from "./velocity_field.ts";
export { greedy } from "./greedy.ts";
export { temperature } from "./temperature.ts";
export type { TokenChoice } from "./token_choice.ts";
export { sampleTokens } from "./token_sampler.ts";
export type { Completions, SampleTokensOptions } from "./token_sampler.ts";
export { topK } from "./top_k.ts";
export { topP } from "./top_p.ts";
