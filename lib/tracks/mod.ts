/**
 * Tracks: the tasks of the kit's experiments. Each file has a task's rewards, its
 * measures, and the pretrained model that it starts from.
 *
 * @module
 */

export {
  sumRewards,
  type SumTask,
  sumTask,
  type SumTaskOptions,
} from "./digit_sum.ts";
export {
  digitSums,
  languageCorpora,
  languageModel,
  languageModelOf,
  languageWidths,
  loadLanguagePolicies,
} from "./language_models.ts";
export { measureSums } from "./sum_measures.ts";
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
  mixtureRewards,
  mixtureTask,
  type MixtureTaskOptions,
  mixtureTasks,
} from "./mixture.ts";
export {
  angleFlow,
  mixture,
  mixtureFlow,
  mixtureFlowOf,
  mixtureWidths,
} from "./mixture_flow.ts";
export { drawMixtureSamples, evaluateMixture } from "./mixture_measures.ts";
export { type ListPrompt, listPrompts, promptText } from "./list_prompts.ts";
export {
  type OpenListsTask,
  openListsTask,
  readWordLists,
} from "./open_lists.ts";
export { type PretrainOptions } from "./keep_fit.ts";
export { pretrain } from "./pretrain.ts";
export { pretrainDigitSums } from "./pretrain_digit_sum.ts";
export { pretrainPictures } from "./pretrain_pictures.ts";
export {
  allPicturePrompts,
  disposePictureModels,
  judgedThings,
  loadPictureModels,
  pairAutoencoder,
  pairFlow,
  type PairFlowSize,
  pairFlowSizes,
  type PictureModels,
  type PicturePrompt,
  picturePrompts,
  thingJudge,
} from "./picture_models.ts";
export { guidanceScales, measureRenders } from "./text_picture_measures.ts";
export { textPicturesTask } from "./text_pictures.ts";
export { compressiblePicturesTask } from "./compressible_pictures.ts";
export {
  pretrainSpokenNumbers,
  type SpokenModels,
} from "./pretrain_spoken_numbers.ts";
export {
  type HeardClip,
  loadHeardClips,
  type SpokenClip,
  spokenWords,
} from "./spoken_clips.ts";
export {
  type SpokenTask,
  spokenTask,
  type SpokenTaskOptions,
} from "./spoken_numbers.ts";
export { type WorkedSumOptions, workedSumTask } from "./worked_sums.ts";
export { type SpokenQuestion, spokenQuestions } from "./spoken_questions.ts";
export {
  loadSpokenReference,
  type SpokenReference,
} from "./spoken_reference.ts";
