/**
 * Tracks: the tasks of the kit's experiments. Each file has a task's rewards, its
 * measures, and the pretrained model that it starts from.
 *
 * @module
 */

export {
  digitSums,
  languageCorpora,
  languageModel,
  loadLanguagePolicies,
  measureSums,
  sumRewards,
  type SumTask,
  sumTask,
  type SumTaskOptions,
} from "./digit_sum.ts";
export {
  digitAutoencoder,
  digitClassifier,
  digitFlow,
  type DigitModels,
  digitsTask,
  loadDigitModels,
} from "./digits.ts";
export { adaptationBins, binColumn, flowSignals } from "./flow_signals.ts";
export {
  drawMixtureSamples,
  evaluateMixture,
  mixture,
  mixtureFlow,
  mixtureRewards,
  mixtureTask,
  type MixtureTaskOptions,
  mixtureTasks,
} from "./mixture.ts";
export { pretrain } from "./pretrain.ts";
export { pretrainDigitSums } from "./pretrain_digit_sum.ts";
