/**
 * Other people's pretrained models: their checkpoints, in the hub's layout, read a
 * tensor at a time.
 *
 * @module
 */

export { openWeights, type Weights } from "./weights.ts";
