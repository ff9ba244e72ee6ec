/**
 * Other people's pretrained models, a room each:
 *
 * - `checkpoints/`: files in the hub's layout, GGUF and CTranslate2's, a tensor at a time;
 * - `layers/`: what the models share, each with a frozen base: attention, norms, LoRA;
 * - `language/`: decoders of the Llama family, tokenizers, answers, adapters of PEFT;
 * - `sound/`: sound as Whisper hears it, and language models that hear;
 * - `pictures/`: the transformers of SD3, FLUX.1 and SANA, their adapters, text encoders
 *   and autoencoder, and the times of their samplers.
 *
 * @module
 */

export { openWeights, type Weights } from "./checkpoints/weights.ts";
export {
  type AnswerTrees,
  answerTrees,
  listLogProbs,
} from "./language/answer_trees.ts";
export { initAdapters, lastBlocks } from "./language/adapters.ts";
export { type Decoder } from "./language/decoder.ts";
export { type DecoderConfig } from "./language/decoder_config.ts";
export { type Answers } from "./language/draw_tokens.ts";
export { generate, type GenerateOptions } from "./language/generate.ts";
export {
  type LanguageModel,
  loadLanguageModel,
  withHeard,
} from "./language/language_model.ts";
export {
  forecastLanguageMemory,
  type LanguageMemory,
  type LanguageWorkload,
} from "./language/memory_forecast.ts";
export {
  forecastLanguageTime,
  type LanguageTime,
} from "./language/time_forecast.ts";
export { withMerged, writeMerged } from "./language/merge.ts";
export {
  readAdapters,
  writeAdapters,
  type WriteAdaptersOptions,
} from "./language/peft.ts";
export { padPrompts, type Prompts } from "./language/prompts.ts";
export {
  type ChatMessage,
  loadTokenizer,
  type Tokenizer,
} from "./language/tokenizer.ts";
export { type LoraOptions, memberOf } from "./layers/lora.ts";
export { type AudioConfig } from "./sound/audio_config.ts";
export { type AudioEncoder, loadAudioEncoder } from "./sound/audio_encoder.ts";
export {
  type AudioLanguageModel,
  loadAudioLanguageModel,
} from "./sound/audio_language_model.ts";
export { type HeardWords, heardWords } from "./sound/heard_words.ts";
export { logMel, type LogMelOptions, melFrames } from "./sound/log_mel.ts";
export { resample } from "./sound/resample.ts";
export { speak, type SpeechOptions } from "./sound/speech.ts";
export { encodeWav, readWav, type Sound } from "./sound/wav.ts";
export {
  type WordProjector,
  wordProjector,
  type WordProjectorOptions,
} from "./sound/word_projector.ts";
export {
  type FlowSchedule,
  type FlowTimes,
  loadFlowSchedule,
  sampleFlow,
} from "./pictures/flow_schedule.ts";
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
export {
  promptedFlow,
  type PromptedFlowOptions,
} from "./pictures/prompted_flow.ts";
export {
  readVelocityAdapters,
  writeVelocityAdapters,
} from "./pictures/velocity_adapter_files.ts";
export { initVelocityAdapters } from "./pictures/velocity_adapters.ts";
export {
  loadVelocityTransformer,
  type VelocityTransformer,
} from "./pictures/velocity_transformer.ts";
