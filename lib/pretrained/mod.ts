/**
 * Other people's pretrained models: their checkpoints, in the hub's layout or in
 * GGUF files, read a tensor at a time, and their tokenizers.
 *
 * @module
 */

export {
  type ChatMessage,
  loadTokenizer,
  type Tokenizer,
} from "./tokenizer.ts";
export { openWeights, type Weights } from "./weights.ts";
export { type AudioConfig } from "./audio_config.ts";
export { type AudioEncoder, loadAudioEncoder } from "./audio_encoder.ts";
export { readCTranslate2 } from "./ctranslate2.ts";
export {
  type AudioLanguageModel,
  loadAudioLanguageModel,
} from "./audio_language_model.ts";
export { logMel, type LogMelOptions, melFrames } from "./log_mel.ts";
export { resample } from "./resample.ts";
export { readWav, type Sound } from "./wav.ts";
