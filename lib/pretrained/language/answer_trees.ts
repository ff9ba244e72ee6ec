import { countMembers, type Params } from "../../models/params.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { unread } from "../layers/attention.ts";
import { statesAfter } from "./answer_states.ts";
import { headOf } from "./decoder.ts";
import { type LanguageModel } from "./language_model.ts";
import { type Prompts, repeatRows } from "./prompts.ts";
import { scoreLogits } from "./token_scores.ts";

/**
 * Lists of answers to C prompts, where answers that begin alike share what they share:
 * each list is a tree of tokens. A node is a beginning, an edge a token that follows one.
 */
export type AnswerTrees = {
  /** The last token of each beginning, int32 `[C, L]`. */
  tokens: Tensor;
  /** How many tokens of the answer stand before it, int32 `[C, L]`. */
  depths: Tensor;
  /** Of each beginning, what is added to the scores of all: 0 for its own, `[C, 1, L, L]`. */
  mask: Tensor;
  /** Where each edge starts, 0 at the prompt, else 1 + a beginning, int32 `[C, E]`. */
  from: Tensor;
  /** The token of each edge, int32 `[C, E]`. */
  follows: Tensor;
  /** The edges of each answer; E where it has ended, int32 `[C, A, T]`. */
  edges: Tensor;
  /** 1 where there is an answer, 0 where a prompt has fewer than A, `[C, A]`. */
  exists: Tensor;
};

/**
 * Makes trees of lists of answers.
 *
 * @param lists The answers to each prompt in tokens, with the stop token where it counts.
 * @returns The trees, which the caller disposes.
 * @throws {RangeError} If a prompt has no answer, one is empty, or one comes twice.
 *
 * @example
 * ```ts
 * import { answerTrees, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * // Two answers that begin alike, and one that does not.
 * const trees = answerTrees([[[5, 6, 2], [5, 7, 2], [8, 2]]]);
 * assertEquals(await trees.tokens.array(), [[5, 6, 7, 8]]);
 * tf.dispose(trees);
 * ```
 */
export function answerTrees(
  lists: readonly (readonly (readonly number[])[])[],
): AnswerTrees {
  const trees = lists.map(treeOf);
  const most = (of: (tree: Tree) => number) => Math.max(...trees.map(of));
  const nodes = Math.max(1, most(({ tokens }) => tokens.length));
  const edges = most(({ follows }) => follows.length);
  const answers = most(({ paths }) => paths.length);
  const length = most(({ paths }) => Math.max(...paths.map((p) => p.length)));
  const filled = <T>(list: readonly T[], size: number, value: T) =>
    list.concat(Array(size - list.length).fill(value));
  const rows = (of: (tree: Tree) => number[], size: number) =>
    tf.tensor2d(
      trees.map((tree) => filled(of(tree), size, 0)),
      undefined,
      "int32",
    );
  return {
    tokens: rows(({ tokens }) => tokens, nodes),
    depths: rows(({ own }) => own.map((seen) => seen.length - 1), nodes),
    mask: tf.tensor4d(
      trees.flatMap(({ own }) =>
        Array.from({ length: nodes }, (_, at) => {
          const row = new Float32Array(nodes).fill(unread);
          // What fills up sees itself alone.
          for (const seen of own[at] ?? [at]) row[seen] = 0;
          return [...row];
        })
      ).flat(),
      [trees.length, 1, nodes, nodes],
    ),
    from: rows(({ from }) => from, edges),
    follows: rows(({ follows }) => follows, edges),
    edges: tf.tensor3d(
      trees.map(({ paths }) =>
        filled(paths, answers, []).map((path) => filled(path, length, edges))
      ),
      undefined,
      "int32",
    ),
    exists: tf.tensor2d(
      trees.map(({ paths }) => filled(paths.map(() => 1), answers, 0)),
    ),
  };
}

interface Tree {
  tokens: number[];
  /** The beginnings that each has, itself last. */
  own: number[][];
  from: number[];
  follows: number[];
  /** The edges of each answer. */
  paths: number[][];
}

function treeOf(answers: readonly (readonly number[])[], prompt: number): Tree {
  const tree: Tree = { tokens: [], own: [], from: [], follows: [], paths: [] };
  const known = new Map<string, number>(); // Edges by their beginning.
  const nodes = new Map<number, number>(); // Nodes by the edge that leads there.
  if (answers.length === 0 || answers.some(({ length }) => length === 0)) {
    throw new RangeError(
      `Expected answers of at least one token to prompt ${prompt}, got ${
        answers.length === 0 ? "none" : "an empty one"
      }`,
    );
  }
  for (const answer of answers) {
    const path: number[] = [];
    let seen: number[] = [];
    for (const [t, token] of answer.entries()) {
      const name = answer.slice(0, t + 1).join(" ");
      let edge = known.get(name);
      if (edge === undefined) {
        edge = tree.follows.push(token) - 1;
        tree.from.push(seen.length === 0 ? 0 : 1 + seen.at(-1)!);
        known.set(name, edge);
      }
      path.push(edge);
      if (t === answer.length - 1) break;
      let node = nodes.get(edge);
      if (node === undefined) {
        node = tree.tokens.push(token) - 1;
        tree.own.push([...seen, node]);
        nodes.set(edge, node);
      }
      seen = tree.own[node];
    }
    if (tree.paths.some((other) => `${other}` === `${path}`)) {
      throw new RangeError(
        `Expected answers to prompt ${prompt} to differ, got [${answer}] twice`,
      );
    }
    tree.paths.push(path);
  }
  return tree;
}

/**
 * The log-probability of every answer of a list, in nats, exactly:
 * `sum_t log p(y_t | prompt, y_1 ... y_{t-1})`. Each prompt is read once, and each
 * beginning once, under a mask that lets it see itself and what it begins with.
 *
 * @param model The language model.
 * @param asked.prompts C of them.
 * @param asked.trees The answers to each.
 * @param adapters Of M members; the base alone (M = 1) when left out.
 * @returns `[M, C, A]`, -1e9 where there is no answer, which the caller disposes. No
 * gradient.
 *
 * @example
 * ```ts
 * import { answerTrees, listLogProbs, loadLanguageModel, padPrompts, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const model = await loadLanguageModel("tests/pretrained/fixtures/decoders/llama");
 * const prompts = padPrompts([[5, 9, 11]]);
 * const trees = answerTrees([[[7, 2], [7, 3, 2]]]);
 * const logp = listLogProbs(model, { prompts, trees });
 * const whole = tf.tensor2d([[5, 9, 11, 7, 2]], undefined, "int32");
 * const plain = await model.tokenLogProbs(whole).data();
 * assertAlmostEquals((await logp.data())[0], plain[2] + plain[3], 1e-4);
 * tf.dispose([prompts, trees, logp, whole]);
 * model.dispose();
 * ```
 */
export function listLogProbs(
  { decoder }: Pick<LanguageModel, "decoder">,
  { prompts, trees }: { prompts: Prompts; trees: AnswerTrees },
  adapters?: Params,
): Tensor {
  const members = adapters ? countMembers(adapters) : 1;
  const head = headOf(decoder);
  const [contexts, answers, length] = trees.edges.shape as number[];
  const edges = trees.from.shape[1]!;
  return tf.tidy(() => {
    const each = (x: Tensor) =>
      tf.tile(x, [members, ...x.shape.slice(1).map(() => 1)]);
    const h = statesAfter(decoder, {
      ...{ prompts, tokens: trees.tokens, depths: trees.depths },
      ...{ mask: trees.mask, shared: true },
    }, adapters); // [M C, 1 + L, width]
    const states = h.shape[1]!;
    const flat = tf.reshape(h, [-1, decoder.config.width]);
    const logZ = scoreLogits(flat, head, (logits) => tf.logSumExp(logits, 1));
    /** Where the rows of each member and prompt start. */
    const starts = (size: number) =>
      tf.expandDims(tf.range(0, members * contexts * size, size, "int32"), 1);
    const from = tf.reshape(
      tf.add(each(trees.from), starts(states)),
      [-1],
    );
    const follows = tf.reshape(each(trees.follows), [-1]);
    const logits = tf.sum(
      tf.mul(tf.gather(flat, from), tf.gather(head, follows)),
      1,
    );
    const ofEdges = tf.reshape(tf.sub(logits, tf.gather(logZ, from)), [
      ...[-1, edges],
    ]);
    const ended = tf.zeros([members * contexts, 1]);
    const padded = tf.reshape(tf.concat([ofEdges, ended], 1), [-1]);
    const paths = tf.add(
      tf.reshape(each(trees.edges), [members * contexts, -1]),
      starts(edges + 1),
    );
    const logp = tf.sum(
      tf.reshape(tf.gather(padded, tf.reshape(paths, [-1])), [
        ...[members, contexts, answers, length],
      ]),
      -1,
    );
    return tf.where(
      tf.cast(repeatRows(tf.expandDims(trees.exists, 0), members), "bool"),
      logp,
      unread,
    );
  });
}
