import { type Tensor, tf } from "../../tf/backend.ts";
import { unread } from "../layers/attention.ts";
import { type Angles, rotate } from "../layers/rotary.ts";
import {
  type Attended,
  type KeysAndValues,
  type Projections,
  shrunk,
} from "./decoder_attention.ts";

/** What is remembered of C prompts, which n answers to each of them share. */
export type PromptMemory = {
  /** By block, `[C, groups, P, headSize]`. */
  blocks: KeysAndValues[];
  /** What is added to the score of each place, `[C, 1, 1, P]`: -1e9 where none was read. */
  mask: Tensor;
};

/**
 * What is remembered of C n answers, by block, `[C * n * groups * S, headSize]`: S
 * places of each, in rows, of which one is written at a time, in place.
 */
export type AnswerMemory = KeysAndValues[];

/** An empty memory of answers. */
export function emptyMemory(
  { depth, groups, headSize }: {
    depth: number;
    groups: number;
    headSize: number;
  },
  { answers, places }: { answers: number; places: number },
): AnswerMemory {
  const shape: [number, number] = [answers * groups * places, headSize];
  return Array.from(
    { length: depth },
    () => ({ key: tf.zeros(shape), value: tf.zeros(shape) }),
  );
}

/** Where the next token of each answer goes. */
export type Next = {
  /** Its place among the tokens of the answer, int32 `[]`. */
  place: Tensor;
  /** The angles of its place in the whole, each `[N, 1, 1, headSize]`. */
  angles: Angles;
};

/**
 * Attention of one new token of each answer to its prompt and to the answer so far. No
 * gradient.
 *
 * @param projections Of the new tokens, `[N, 1, heads, headSize]`, N = C n.
 * @param prompt What is remembered of the prompts in this block, and the mask.
 * @param before What is remembered of the answers in this block.
 * @param next Where the new tokens go.
 * @returns What is mixed, `[N, heads * headSize]`, and the memory with the new tokens.
 */
export function attendToMemory(
  { query, key, value }: Projections,
  prompt: PromptOfBlock,
  before: KeysAndValues,
  { place, angles }: Next,
): Required<Attended> {
  const [answers, , heads, size] = query.shape as number[];
  const groups = key.shape[2]!;
  const places = before.key.shape[0] / (answers * groups);

  const starts = tf.range(0, answers * groups * places, places, "int32");
  const rows = tf.expandDims(tf.add(starts, place), 1);
  const put = (memory: Tensor, now: Tensor) =>
    tf.tensorScatterUpdate(memory, rows, tf.reshape(now, [-1, size])) as Tensor;
  const memory = {
    key: put(before.key, rotate(key, angles)),
    value: put(before.value, value),
  };
  const own = (memory: Tensor) =>
    tf.reshape(memory, [answers, groups, places, size]);
  const later = tf.greater(tf.range(0, places, 1, "int32"), place);
  const queries = tf.reshape(
    rotate(query, shrunk(angles, size)),
    [answers, groups, heads / groups, size],
  );
  const mixed = attendToPrompt(queries, prompt, {
    ...{ key: own(memory.key), value: own(memory.value) },
    mask: tf.mul(tf.cast(later, "float32"), unread),
  });
  return { mixed: tf.reshape(mixed, [answers, heads * size]), memory };
}

/**
 * Attention of the tokens of whole answers to their prompts and, as far as the mask lets
 * them, to their own answers: each prompt is read once for all of its answers.
 *
 * @param projections Of the answers, `[N, L, heads, headSize]`, N = C n.
 * @param prompt What is remembered of the prompts in this block, and the mask.
 * @param places The angles of the places, each `[N, L, 1, headSize]`, and the mask, `[L,
 * L]` or `[N, 1, L, L]`.
 * @returns What is mixed, `[N * L, heads * headSize]`; gradients reach the projections
 * and the keys and values of the prompts.
 */
export function attendFromAnswers(
  { query, key, value }: Projections,
  prompt: PromptOfBlock,
  { angles, mask }: { angles: Angles; mask: Tensor },
): Attended {
  const [answers, length, heads, size] = query.shape as number[];
  const groups = key.shape[2]!;
  const byHead = (x: Tensor) => tf.transpose(x, [0, 2, 1, 3]);
  const queries = tf.reshape(
    byHead(rotate(query, shrunk(angles, size))),
    [answers, groups, -1, size],
  );
  const mixed = attendToPrompt(queries, prompt, {
    ...{ key: byHead(rotate(key, angles)), value: byHead(value) },
    mask: tf.concat(Array(heads / groups).fill(mask), -2),
  });
  const byPlace = byHead(tf.reshape(mixed, [answers, heads, length, size]));
  return { mixed: tf.reshape(byPlace, [answers * length, heads * size]) };
}

/** Keys and values of C prompts in one block, and the mask. */
type PromptOfBlock = KeysAndValues & Pick<PromptMemory, "mask">;

/**
 * Attention to a prompt and to an answer. The queries of all answers to a prompt are rows
 * of one product with its keys, which are there once.
 *
 * @param queries Turned and shrunk, `[N, groups, rows, headSize]`, N = C n.
 * @param prompt Of C prompts.
 * @param own Keys and values of the answers, `[N, groups, S, headSize]`, and what is
 * added to their scores, which broadcasts against `[rows, S]`.
 * @returns What is mixed, the shape of the queries.
 */
function attendToPrompt(
  queries: Tensor,
  prompt: PromptOfBlock,
  own: KeysAndValues & { mask: Tensor },
): Tensor {
  const [answers, groups, rows, size] = queries.shape as number[];
  const [prompts, , given] = prompt.key.shape as number[];
  /** Answers of a prompt side by side, `[C, groups, n * rows, last]`. */
  const together = (x: Tensor, last: number) =>
    tf.reshape(
      tf.transpose(
        tf.reshape(x, [prompts, -1, groups, rows, last]),
        [0, 2, 1, 3, 4],
      ),
      [prompts, groups, -1, last],
    );
  const apart = (x: Tensor, last: number) =>
    tf.reshape(
      tf.transpose(
        tf.reshape(x, [prompts, groups, -1, rows, last]),
        [0, 2, 1, 3, 4],
      ),
      [answers, groups, rows, last],
    );
  const promptScores = tf.add(
    tf.matMul(together(queries, size), prompt.key, false, true),
    prompt.mask,
  );
  const ownScores = tf.add(
    tf.matMul(queries, own.key, false, true),
    own.mask,
  );
  const scores = tf.concat([apart(promptScores, given), ownScores], -1);
  const [toPrompt, toOwn] = tf.split(
    tf.softmax(scores),
    [given, own.key.shape[2]!],
    -1,
  );
  return tf.add(
    apart(tf.matMul(together(toPrompt, given), prompt.value), size),
    tf.matMul(toOwn, own.value),
  );
}
