import { type Tensor, tf } from "../../tf/backend.ts";

/** Words that were heard. */
export interface HeardWords {
  /** For `withHeard`, `[n, width]`, those of all clips; the caller disposes it. */
  heard: Tensor;
  /** The rows of `heard` of each clip, in their order. */
  rows: number[][];
  /** The surest word of each row of `heard`, from 0 to K - 1. */
  words: number[];
}

/**
 * Reads the words that frames say: of each run of frames with one surest word, the
 * surest frame becomes a token, which is the mean of the embeddings under what it says
 * of the words, `sum_k p_k e_k`; runs that are none of the words are left out. Values are
 * read, so that it cannot be compiled.
 *
 * @param logits Of one member, `[N, T, K + 1]`, class 0 none of the words.
 * @param words The language model's embeddings, `[K, width]`.
 * @returns The tokens, and whose they are; no gradient.
 * @throws {TypeError} If the shapes do not fit.
 * @throws {RangeError} If no clip has a word.
 *
 * @example
 * ```ts
 * import { heardWords, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const said = [0, 2, 2, 0, 1]; // Nothing, b, b, nothing, a.
 * const logits = tf.mul(20, tf.oneHot([said], 3)).reshape([1, 5, 3]);
 * const embeddings = tf.tensor2d([[1, 0], [0, 1]]);
 * const { heard, rows, words } = await heardWords(logits, embeddings);
 * assertEquals([rows, words], [[[0, 1]], [1, 0]]); // One clip: b, then a.
 * tf.dispose([logits, embeddings, heard]);
 * ```
 */
export async function heardWords(
  logits: Tensor,
  words: Tensor,
): Promise<HeardWords> {
  const [count, width] = words.shape as number[];
  if (logits.rank !== 3 || logits.shape[2] !== count + 1 || words.rank !== 2) {
    throw new TypeError(
      `Expected logits [N, T, ${
        count + 1
      }] for words [${words.shape}], got [${logits.shape}]`,
    );
  }
  const shares = tf.tidy(() => tf.softmax(logits));
  const clips = await shares.array() as number[][][];
  const surest = clips.map(surestFrames);
  const frames = surest.flat();
  if (frames.length === 0) {
    shares.dispose();
    throw new RangeError("Expected a clip with a word, got none");
  }
  let next = 0;
  const rows = surest.map((own) => own.map(() => next++));
  const [, length] = logits.shape as number[];
  const places = surest.flatMap((own, clip) =>
    own.map(({ frame }) => clip * length + frame)
  );
  const heard = tf.tidy(() => {
    const flat = tf.reshape(shares, [-1, count + 1]);
    const chosen = tf.gather(flat, tf.tensor1d(places, "int32"));
    const ofWords = tf.slice(chosen, [0, 1], [places.length, count]);
    const total = tf.sum(ofWords, 1, true);
    return tf.reshape(tf.matMul(tf.div(ofWords, total), words), [-1, width]);
  });
  shares.dispose();
  return { heard, rows, words: frames.map(({ word }) => word) };
}

/** Of each run of frames with one surest word, its surest frame. */
function surestFrames(
  shares: number[][],
): { frame: number; word: number; share: number }[] {
  const found: { frame: number; word: number; share: number }[] = [];
  let before = 0;
  shares.forEach((row, frame) => {
    const share = Math.max(...row);
    const best = row.indexOf(share);
    const candidate = { frame, word: best - 1, share };
    if (best > 0 && best !== before) found.push(candidate);
    else if (best > 0 && share > found.at(-1)!.share) {
      found.splice(-1, 1, candidate);
    }
    before = best;
  });
  return found;
}
