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
