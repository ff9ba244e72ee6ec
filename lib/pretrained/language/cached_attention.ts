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
 * Attention of one new token of each answer to its prompt and to the answer so far.
 * The answers to a prompt are rows of one product with its keys, which are there once.
 * No gradient.
 *
 * @param projections Of the new tokens, `[N, 1, heads, headSize]`, N = C n.
 * @param prompt What is remembered of the prompts in this block, and the mask.
 * @param before What is remembered of the answers in this block.
 * @param next Where the new tokens go.
 * @returns What is mixed, `[N, heads * headSize]`, and the memory with the new tokens.
 */
export function attendToMemory(
  { query, key, value }: Projections,
  prompt: KeysAndValues & { mask: Tensor },
  before: KeysAndValues,
  { place, angles }: Next,
): Required<Attended> {
  const [answers, , heads, size] = query.shape as number[];
  const [prompts, groups, given] = prompt.key.shape as number[];
  const shared = heads / groups;
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
    [answers, groups, shared, size],
  );
  const ownScores = tf.add(
    tf.matMul(queries, own(memory.key), false, true),
    tf.mul(tf.cast(later, "float32"), unread),
  );
  /** Answers of a prompt side by side, `[C, groups, n * shared, D]`. */
  const together = (x: Tensor, last: number) =>
    tf.reshape(
      tf.transpose(
        tf.reshape(x, [prompts, -1, groups, shared, last]),
        [0, 2, 1, 3, 4],
      ),
      [prompts, groups, -1, last],
    );
  const apart = (x: Tensor, last: number) =>
    tf.reshape(
      tf.transpose(
        tf.reshape(x, [prompts, groups, -1, shared, last]),
        [0, 2, 1, 3, 4],
      ),
      [answers, groups, shared, last],
    );
  const promptScores = tf.add(
    tf.matMul(together(queries, size), prompt.key, false, true),
    prompt.mask,
  );
  const scores = tf.concat([apart(promptScores, given), ownScores], -1);
  const [toPrompt, toOwn] = tf.split(
    tf.softmax(scores),
    [given, places],
    -1,
  );
  const mixed = tf.add(
    apart(tf.matMul(together(toPrompt, given), prompt.value), size),
    tf.matMul(toOwn, own(memory.value)),
  );
  return { mixed: tf.reshape(mixed, [answers, heads * size]), memory };
}
