/**
 * Other people's pretrained models: their checkpoints, in the hub's layout or in
 * GGUF files, read a tensor at a time, and their tokenizers; language models of the
 * Llama family, their adapters and their answers; sound, as Whisper hears it, and
 * language models that hear; the transformers of SD3, FLUX.1 and SANA, their adapters,
 * text encoders and autoencoder, and the times of their samplers.
 *
 * @module
 */

export { type Decoder } from "./language/decoder.ts";
export { type DecoderConfig } from "./language/decoder_config.ts";
export {
  type FlowSchedule,
  type FlowTimes,
  loadFlowSchedule,
  sampleFlow,
} from "./pictures/flow_schedule.ts";
export {
  type Answers,
  generate,
  type GenerateOptions,
} from "./language/generate.ts";
export {
  type LanguageModel,
  loadLanguageModel,
  withHeard,
} from "./language/language_model.ts";
export { initAdapters } from "./language/adapters.ts";
export { type LoraOptions, memberOf } from "./layers/lora.ts";
export {
  loadPictureVae,
  type PictureVae,
} from "./pictures/load_picture_vae.ts";
export {
  loadPromptEncoder,
  type PromptEncoder,
} from "./pictures/load_prompt_encoder.ts";
export {
  forecastMemory,
  type MemoryForecast,
  type PictureWorkload,
} from "./pictures/memory_forecast.ts";
export { writeMerged } from "./language/merge.ts";
export {
  readAdapters,
  writeAdapters,
  type WriteAdaptersOptions,
} from "./language/peft.ts";
export { padPrompts, type Prompts } from "./language/prompts.ts";
export {
  promptedFlow,
  type PromptedFlowOptions,
} from "./pictures/prompted_flow.ts";
export {
  type ChatMessage,
  loadTokenizer,
  type Tokenizer,
} from "./language/tokenizer.ts";
export {
  readVelocityAdapters,
  writeVelocityAdapters,
} from "./pictures/velocity_adapter_files.ts";
export { initVelocityAdapters } from "./pictures/velocity_adapters.ts";
export {
  loadVelocityTransformer,
  type VelocityTransformer,
} from "./pictures/velocity_transformer.ts";
export { openWeights, type Weights } from "./checkpoints/weights.ts";
export { type AudioConfig } from "./sound/audio_config.ts";
export { type AudioEncoder, loadAudioEncoder } from "./sound/audio_encoder.ts";
export {
  type AudioLanguageModel,
  loadAudioLanguageModel,
} from "./sound/audio_language_model.ts";
export { logMel, type LogMelOptions, melFrames } from "./sound/log_mel.ts";
export { type HeardWords, heardWords } from "./sound/heard_words.ts";
export { speak, type SpeechOptions } from "./sound/speech.ts";
export {
  type WordProjector,
  wordProjector,
  type WordProjectorOptions,
} from "./sound/word_projector.ts";
export { resample } from "./sound/resample.ts";
export { readWav, type Sound } from "./sound/wav.ts";
