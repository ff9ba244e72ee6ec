import { type Tensor } from "../../tf/backend.ts";
import { type Layers, type Named } from "../layers/named_layers.ts";
import { assertInVocabulary } from "../layers/token_ids.ts";

/** A text encoder as a value, for one configuration. */
export interface PromptArchitecture {
  /** How many tokens there are. */
  vocabulary: number;
  /** The most tokens of a text. */
  longest: number;
  /** The shape of every tensor of its checkpoint. */
  shapes: Named<number[]>;
  /** Tensors that some checkpoints have beside, and which are not needed. */
  unused: readonly string[];
  /** What becomes of token ids, int32 `[B, T]`. */
  encode(layers: Layers, ids: Tensor): Named<Tensor>;
}

/**
 * Checks token ids.
 *
 * @throws {TypeError} If they are not int32 of shape `[B, T]`, or there are more than a
 * text may have.
 * @throws {RangeError} If one is not in the vocabulary, where values can be read.
 */
export function assertIds(
  { longest, vocabulary }: PromptArchitecture,
  ids: Tensor,
): void {
  const [, length] = ids.shape;
  if (ids.dtype !== "int32" || ids.rank !== 2 || length! > longest) {
    throw new TypeError(
      `Expected ids to be int32 of shape [B, T]${
        longest < Infinity ? ` with T of at most ${longest}` : ""
      }, got ${ids.dtype} [${ids.shape}]`,
    );
  }
  assertInVocabulary("ids", ids, vocabulary);
}
