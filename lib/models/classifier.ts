import { type Tensor } from "../tf/backend.ts";
import { type Params } from "./params.ts";

/** A classifier with learned parameters: a pair of pure functions. */
export interface Classifier {
  /** The size of a flattened event, D. */
  readonly dim: number;
  /** The number of classes. */
  readonly classes: number;
  /**
   * Draws starting parameters.
   *
   * @param keys int32 `[1, 2]`: a classifier is one member.
   * @returns Parameters, each `[1, ...]`, which the caller disposes.
   */
  init(keys: Tensor): Params;
  /**
   * Computes unnormalised log-probabilities. Gradients reach `params` and `x`.
   *
   * @param params Parameters of one member.
   * @param x Events, `[..., D]`: the samples of any number of populations.
   * @returns `[..., classes]`, which the caller disposes.
   * @throws {TypeError} If a shape does not fit.
   */
  logits(params: Params, x: Tensor): Tensor;
}
