/**
 * Other people's pretrained models: their checkpoints, in the hub's layout, read a
 * tensor at a time.
 *
 * @module
 */

export { openWeights, type Weights } from "./weights.ts";
export { type AudioConfig } from "./audio_config.ts";
export { type AudioEncoder, loadAudioEncoder } from "./audio_encoder.ts";
export { readCTranslate2 } from "./ctranslate2.ts";
export { logMel, type LogMelOptions } from "./log_mel.ts";
export { resample } from "./resample.ts";
export { readWav, type Sound } from "./wav.ts";
