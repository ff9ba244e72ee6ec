/**
 * Other people's pretrained models: their checkpoints, in the hub's layout or in
 * GGUF files, read a tensor at a time, and their tokenizers; language models of the
 * Llama family, their adapters and their answers; sound, as Whisper hears it, and
 * language models that hear.
 *
 * @module
 */

export { type Decoder } from "./decoder.ts";
export { type DecoderConfig } from "./decoder_config.ts";
export { type Answers, generate, type GenerateOptions } from "./generate.ts";
export {
  type LanguageModel,
  loadLanguageModel,
  withHeard,
} from "./language_model.ts";
export { initAdapters, type LoraOptions, memberOf } from "./lora.ts";
export { writeMerged } from "./merge.ts";
export {
  readAdapters,
  writeAdapters,
  type WriteAdaptersOptions,
} from "./peft.ts";
export { padPrompts, type Prompts } from "./prompts.ts";
export {
  type ChatMessage,
  loadTokenizer,
  type Tokenizer,
} from "./tokenizer.ts";
export { openWeights, type Weights } from "./weights.ts";
export { type AudioConfig } from "./audio_config.ts";
export { type AudioEncoder, loadAudioEncoder } from "./audio_encoder.ts";
export {
  type AudioLanguageModel,
  loadAudioLanguageModel,
} from "./audio_language_model.ts";
export { logMel, type LogMelOptions, melFrames } from "./log_mel.ts";
export { type HeardWords, heardWords } from "./heard_words.ts";
export { speak, type SpeechOptions } from "./speech.ts";
export {
  type WordProjector,
  wordProjector,
  type WordProjectorOptions,
} from "./word_projector.ts";
export { resample } from "./resample.ts";
export { readWav, type Sound } from "./wav.ts";
