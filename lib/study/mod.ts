/**
 * The study: how methods are tuned, and the experiments that a protocol fixes.
 *
 * @module
 */

export { explore, type Explored } from "./explore.ts";
export { flowMethods, languageMethods } from "./methods.ts";
export { studyExperiment, type StudyParts } from "./study_experiment.ts";
export { type Trial, tune, type TuneOptions } from "./tune.ts";
