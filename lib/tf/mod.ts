/**
 * The backend and what stands right on it: TensorFlow.js as `tf`, random numbers by
 * key, and the check that values are finite. A key and a shape decide the numbers
 * drawn: the same key draws the same ones on every backend.
 *
 * @module
 */

export { backend, tf } from "./backend.ts";
export type { Backend, Tensor } from "./backend.ts";
export { assertFinite } from "./check.ts";
export { foldIn, keys, normal, uniform } from "./random.ts";
