/**
 * Policies: what a generative model is to reinforcement. The only place where
 * modalities differ.
 *
 * @module
 */

export { type Flow, flowPolicy } from "./flow.ts";
export { type Language, languagePolicy } from "./language.ts";
export {
  type Compared,
  type Forecast,
  type Iteration,
  type Policy,
  type Sample,
  type Tensors,
} from "./policy.ts";
export {
  type ChunkedSignals,
  type OfLogits,
  tokenPolicy,
  type Tokens,
  type TokenSignals,
} from "./tokens.ts";
