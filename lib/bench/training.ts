import { type Params } from "../models/params.ts";
import { type Tensor } from "../tf/backend.ts";
import { adamUpdate, initAdam } from "../train/adam.ts";
import { joinState, type State, stateGroup } from "../train/state.ts";
import { type Step } from "../train/train_options.ts";
import { valueAndGrads } from "../train/value_and_grads.ts";
import { consecutive, type Workload } from "./workload.ts";

/** Adam's settings in every workload. */
export const optimiser = { learningRate: 1e-3, clipNorm: 1 };

/** Steps that one call of a training loop does. */
export const loopPieces = 20;

/** One update of the parameters in a state of `params` and `adam`. */
export function trainingStep(
  before: State,
  loss: (params: Params) => Tensor,
): ReturnType<Step> {
  const params = stateGroup(before, "params");
  const adam = stateGroup(before, "adam");
  const { losses, grads } = valueAndGrads(params, loss);
  const { gradNorm, ...next } = adamUpdate({ params, grads, adam }, optimiser);
  return { state: joinState(next), logs: { loss: losses, gradNorm } };
}

/** The state and the steps of a workload whose steps are those of {@linkcode trainingStep}. */
export function training(
  params: Params,
  step: Step,
): Pick<Workload, "state" | "step" | "looped" | "values"> {
  return {
    state: joinState({ params, adam: initAdam(params) }),
    step,
    looped: { step: consecutive(loopPieces, step), pieces: loopPieces },
    values: ({ loss }) => loss,
  };
}
