import { gumbelNoise } from "../../samplers/gumbel_noise.ts";
import { type TokenChoice } from "../../samplers/token_choice.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { foldIn } from "../../tf/random.ts";
import { pick } from "./token_scores.ts";

/** Answers as drawn: fresh tensors, which the caller disposes. */
export type Answers = {
  /** int32 `[N, T]`; after a stop token, the first of the stop tokens. */
  tokens: Tensor;
  /** The log-probability each token was drawn with, in nats, `[N, T]`; 0 after a stop token. */
  logp: Tensor;
  /** `[N, T]`: 1 up to the stop token and with it, 0 after it. */
  mask: Tensor;
};

/** What has been drawn so far. */
type Drawn = Answers & {
  /** The last token of each answer, int32 `[N]`. */
  token: Tensor;
  /** Whether an answer goes on, bool `[N]`. */
  open: Tensor;
};

/** Before the first token. */
export function nothingDrawn(answers: number, length: number): Drawn {
  const blank = tf.zeros([answers, length]);
  return {
    open: tf.ones([answers], "bool"),
    token: tf.zeros([answers], "int32"),
    tokens: tf.cast(blank, "int32"),
    logp: blank,
    mask: blank,
  };
}

/** Draws the token of a place from its logits, `[N, V]`. */
export function take(
  { open, tokens, logp, mask }: Drawn,
  { logits, place }: { logits: Tensor; place: Tensor },
  { keys, stop, choices }: {
    keys: Tensor;
    stop: readonly number[];
    choices: readonly TokenChoice[];
  },
): Drawn {
  const [, vocabulary] = logits.shape as [number, number];
  const [, length] = tokens.shape as [number, number];
  const shaped = choices.reduce((x, choice) => choice(x), logits);
  const noise = gumbelNoise(foldIn(keys, place), [vocabulary]);
  const choice = tf.argMax(tf.add(shaped, noise), -1) as Tensor;
  const token = tf.where(
    open,
    choice,
    tf.fill(choice.shape, stop[0] ?? 0, "int32"),
  );
  const logpNow = tf.sub(pick(shaped, choice), tf.logSumExp(shaped, -1));
  const here = tf.equal(tf.range(0, length, 1, "int32"), place);
  const put = (row: Tensor, value: Tensor) =>
    tf.where(
      tf.logicalAnd(here, tf.expandDims(open, 1)),
      tf.expandDims(value, 1),
      row,
    );
  const ended = stop.map((id) => tf.equal(token, tf.scalar(id, "int32")));
  return {
    token,
    open: ended.reduce(
      (open, now) => tf.logicalAnd(open, tf.logicalNot(now)),
      open,
    ),
    tokens: tf.where(here, tf.expandDims(token, 1), tokens),
    logp: put(logp, logpNow),
    mask: put(mask, tf.ones(open.shape)),
  };
}
