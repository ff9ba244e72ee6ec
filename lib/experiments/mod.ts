/**
 * Experiments: which methods, on which tasks, under which budget, as one value; and
 * the one runner, which trains a sweep times its seeds as one population.
 *
 * @module
 */

export {
  type Budget,
  type Experiment,
  type HostReward,
  type MeasuredAt,
  type ReportProgress,
  type Run,
  type Task,
} from "./experiment.ts";
export { measureMembers } from "./measure_members.ts";
export { type Observer, type RunProgress, type Work } from "./observe.ts";
export { run, type RunOptions, type Trained } from "./run.ts";
export {
  atScale,
  currentScale,
  gridAt,
  parseScale,
  type Scale,
} from "./scale.ts";
export {
  type Member,
  overReferences,
  seedList,
  seedsOf,
  type Sweep,
  sweepMembers,
} from "./sweep.ts";
export { showTexts } from "./show_texts.ts";
export { textReward, type Texts } from "./text_reward.ts";
