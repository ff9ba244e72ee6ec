/**
 * Other people's pretrained models: their checkpoints, in the hub's layout or in
 * GGUF files, read a tensor at a time, and their tokenizers; language models of the
 * Llama family, their adapters and their answers; sound, as Whisper hears it, and
 * language models that hear; the transformers of SD3, FLUX.1 and SANA, their adapters,
 * text encoders and autoencoder, and the times of their samplers.
 *
 * @module
 */

export { type Decoder } from "./decoder.ts";
export { type DecoderConfig } from "./decoder_config.ts";
export {
  type FlowSchedule,
  type FlowTimes,
  loadFlowSchedule,
  sampleFlow,
} from "./flow_schedule.ts";
export { type Answers, generate, type GenerateOptions } from "./generate.ts";
export {
  type LanguageModel,
  loadLanguageModel,
  withHeard,
} from "./language_model.ts";
export { initAdapters, type LoraOptions, memberOf } from "./lora.ts";
export { loadPictureVae, type PictureVae } from "./load_picture_vae.ts";
export {
  loadPromptEncoder,
  type PromptEncoder,
} from "./load_prompt_encoder.ts";
export {
  forecastMemory,
  type MemoryForecast,
  type PictureWorkload,
} from "./memory_forecast.ts";
export { writeMerged } from "./merge.ts";
export {
  readAdapters,
  writeAdapters,
  type WriteAdaptersOptions,
} from "./peft.ts";
export { padPrompts, type Prompts } from "./prompts.ts";
export { promptedFlow, type PromptedFlowOptions } from "./prompted_flow.ts";
export {
  type ChatMessage,
  loadTokenizer,
  type Tokenizer,
} from "./tokenizer.ts";
export {
  readVelocityAdapters,
  writeVelocityAdapters,
} from "./velocity_adapter_files.ts";
export {
  initVelocityAdapters,
  type VelocityAdapterOptions,
} from "./velocity_adapters.ts";
export {
  loadVelocityTransformer,
  type VelocityTransformer,
} from "./velocity_transformer.ts";
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
