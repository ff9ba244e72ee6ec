/**
 * Training: Adam, the state of a run, a trainer that knows no algorithm, and what
 * keeps a diverged member from the others.
 *
 * @module
 */

export {
  type AdamOptions,
  type AdamState,
  type AdamUpdate,
  adamUpdate,
  gradientAgreement,
  initAdam,
} from "./adam.ts";
export { type Fit, fit } from "./fit.ts";
export { freezeDiverged } from "./freeze.ts";
export { type Row } from "./row.ts";
export { joinState, type State, stateGroup } from "./state.ts";
export { train } from "./train.ts";
export {
  type Step,
  type TrainOptions,
  type TrainProgress,
  type TrainResult,
  type TrainRows,
} from "./train_options.ts";
export { type ValueAndGrads, valueAndGrads } from "./value_and_grads.ts";
