import { isTapeOn } from "../../compile/mod.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { frozenProduct, withGradient, withOwnTape } from "../layers/frozen.ts";

/** The most logits that are there at once: 64 MiB. */
export const logitsAtOnce = 2 ** 24;

/**
 * The log-probability of each token, `logits[token] - log sum_v exp(logits[v])` with
 * `logits = h head'`, in nats, without the logits of all tokens: rows are taken in
 * chunks. Where a gradient is recorded, each chunk leaves the gradient of its
 * log-probabilities, `head[token] - softmax(logits) head`, of the size of `h`: nothing
 * is computed a second time.
 *
 * @param h Features of each place, `[R, width]`.
 * @param head Frozen, `[V, width]`.
 * @param tokens The tokens that follow, int32 `[R]`.
 * @param atOnce The most logits at once.
 * @returns `[R]`; the gradient reaches `h`; the caller disposes it.
 */
export function chosenLogProbs(
  h: Tensor,
  head: Tensor,
  tokens: Tensor,
  atOnce = logitsAtOnce,
): Tensor {
  const differentiable = isTapeOn();
  return withGradient(([h], save) => {
    const chunks = chunksOf(h, head, atOnce).map(([start, count]) =>
      tf.tidy(() =>
        scoreChunk(tf.slice(h, start, count), {
          head,
          tokens: tf.slice(tokens, start, count),
          differentiable,
        })
      )
    );
    if (differentiable) save([tf.concat(chunks.map(({ slope }) => slope!))]);
    return {
      value: tf.concat(chunks.map(({ logp }) => logp)),
      gradFunc: (dy, [slope]) => tf.mul(tf.expandDims(dy, 1), slope),
    };
  })(h);
}

/** Rows of `h` by first and count, so that the logits of a chunk are few. */
function chunksOf(h: Tensor, head: Tensor, atOnce: number): [number, number][] {
  const [rows] = h.shape;
  const size = Math.max(1, Math.floor(atOnce / head.shape[0]));
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => {
    const start = i * size;
    return [start, Math.min(size, rows - start)];
  });
}

/**
 * Any function of the logits of each place, such as an entropy, without the logits of
 * all places: rows are taken in chunks, and the gradient computes each chunk a second
 * time.
 *
 * @param h Features of each place, `[R, width]`.
 * @param head Frozen, `[V, width]`.
 * @param f Maps the logits of some rows, `[r, V]`, and the number of the first of them,
 * to `[r]`.
 * @param atOnce The most logits at once.
 * @returns `[R]`; the gradient reaches `h`; the caller disposes it.
 */
export function scoreLogits(
  h: Tensor,
  head: Tensor,
  f: (logits: Tensor, first: number) => Tensor,
  atOnce = logitsAtOnce,
): Tensor {
  const score = (h: Tensor, first: number) => f(frozenProduct(h, head), first);
  return withGradient(([h], save) => {
    save([h]);
    const chunks = chunksOf(h, head, atOnce);
    return {
      value: tf.concat(
        chunks.map(([start, count]) =>
          tf.tidy(() => score(tf.slice(h, start, count), start))
        ),
      ),
      gradFunc: (dy, [h]) =>
        tf.concat(
          chunks.map(([start, count]) =>
            withOwnTape(() =>
              tf.tidy(() => {
                const gradient = tf.grad((rows) =>
                  score(rows as Tensor, start)
                );
                return gradient(
                  tf.slice(h, start, count),
                  tf.slice(dy, start, count),
                );
              })
            )
          ),
        ),
    };
  })(h);
}

function scoreChunk(
  h: Tensor,
  { head, tokens, differentiable }: {
    head: Tensor;
    tokens: Tensor;
    differentiable: boolean;
  },
): { logp: Tensor; slope?: Tensor } {
  const logits = tf.matMul(h, head, false, true);
  const largest = tf.max(logits, 1, true);
  const weights = tf.exp(tf.sub(logits, largest));
  const total = tf.sum(weights, 1, true);
  const logZ = tf.squeeze(tf.add(largest, tf.log(total)), [1]);
  const logp = tf.sub(pick(logits, tokens), logZ);
  if (!differentiable) return { logp };
  const mean = tf.div(tf.matMul(weights, head), total);
  return { logp, slope: tf.sub(tf.gather(head, tokens), mean) };
}

/** The logit of each row's token: `[R, V]` and `[R]` to `[R]`. */
export function pick(logits: Tensor, tokens: Tensor): Tensor {
  const [rows, vocabulary] = logits.shape as [number, number];
  const starts = tf.range(0, rows * vocabulary, vocabulary, "int32");
  return tf.gather(tf.reshape(logits, [-1]), tf.add(starts, tokens));
}
