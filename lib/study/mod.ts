/**
 * The study: how methods are tuned before they are compared.
 *
 * @module
 */

export { type Trial, tune, type TuneOptions } from "./tune.ts";
