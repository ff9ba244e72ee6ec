/**
 * Data whose truth is known: a mixture of Gaussians, handwritten digits, sequences
 * that can be enumerated. And the files that hold them: tensors as safetensors, and
 * writes that leave either the old file or the new one.
 *
 * @module
 */

export { contextIds } from "./context_ids.ts";
export {
  type Digits,
  digitSide,
  type LabelledImages,
  loadDigits,
} from "./digits.ts";
export { dataDir, runsDir, writeBytes, writeText } from "./files.ts";
export {
  evenAngles,
  type Mixture,
  type RingMixture,
  ringMixture,
} from "./mixture.ts";
export { mixtureLogDensity } from "./mixture_log_density.ts";
export { onManifold } from "./on_manifold.ts";
export {
  drawViews,
  type ObjectName,
  type ObjectView,
  type ObjectViews,
} from "./object_views.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  type SafetensorsOptions,
  type TensorFile,
  writeSafetensors,
} from "./safetensors.ts";
export { sampleMixture } from "./sample_mixture.ts";
export {
  allTargets,
  type DigitSum,
  digitSum,
  digitSumOf,
} from "./digit_sum.ts";
export { enumerateSequences } from "./enumerate_sequences.ts";
export { roughCorpus } from "./rough_corpus.ts";
export { sampleCorpus } from "./sample_corpus.ts";
export type { SequenceCorpus } from "./sequence_corpus.ts";
export { shortcutCorpus } from "./shortcut_corpus.ts";
export {
  captionOf,
  type ColorName,
  colorNames,
  drawPairs,
  drawTemplates,
  drawThings,
  objectNames,
  type Pair,
  type PairSplit,
  pairSplit,
  pictureSize,
  type ThingId,
  unseenThings,
} from "./two_objects.ts";
