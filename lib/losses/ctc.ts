import { type Tensor, tf } from "../tf/backend.ts";
import { assertFloats } from "../tf/check.ts";

/** The log-probability of what cannot be; finite, so that gradients are. */
const never = -1e30;

/** What {@linkcode ctcLoss} compares. */
export type CtcInputs = {
  /** Logits of each frame, `[B, T, V]`; class 0 is the blank. */
  logits: Tensor;
  /** The classes that were said, int32 `[B, U]`, from 1 to V - 1; any after a row's end. */
  targets: Tensor;
  /** How many of its targets each row has, int32 `[B]`, from 0 to U. */
  lengths: Tensor;
};

/**
 * Connectionist temporal classification: how surprising it is that the frames say the
 * targets, in their order, at whatever time,
 *
 *     L = -log sum_paths prod_t p_t(path_t),
 *
 * over the paths of one class a frame that become the targets once repeats are one and
 * blanks are left out. The sum is that of the forward variables
 *
 *     alpha_t(s) = p_t(l_s) (alpha_t-1(s) + alpha_t-1(s - 1) + alpha_t-1(s - 2)),
 *
 * of the targets with blanks around them, l; the last term only where l_s is no blank
 * and other than l_s-2.
 *
 * Paper: Graves et al. (2006, ICML), section 4.1. Deviates from the paper: in log space.
 *
 * @param inputs The logits and what was said.
 * @returns `[B]`, in nats, unreduced; Infinity, with a gradient of 0, where there are too
 * few frames for the targets; the gradient reaches `logits`; the caller disposes it.
 * @throws {TypeError} If a shape or a type does not fit.
 *
 * @example
 * ```ts
 * import { ctcLoss, tf } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * // Two even frames of {blank, a}: "a", "a blank" and "blank a" say a; two blanks do not.
 * const loss = tf.tidy(() =>
 *   ctcLoss({
 *     logits: tf.zeros([1, 2, 2]),
 *     targets: tf.tensor2d([[1]], [1, 1], "int32"),
 *     lengths: tf.tensor1d([1], "int32"),
 *   })
 * );
 * assertAlmostEquals((await loss.data())[0], -Math.log(3 / 4), 1e-6);
 * loss.dispose();
 * ```
 */
export function ctcLoss({ logits, targets, lengths }: CtcInputs): Tensor {
  assertCtc({ logits, targets, lengths });
  const [batch, frames, classes] = logits.shape as number[];
  return tf.tidy(() => {
    const said = betweenBlanks(targets);
    const chosen = tf.cast(tf.oneHot(said, classes), "float32"); // [B, S, V]
    const logp = tf.matMul(tf.logSoftmax(logits), chosen, false, true);
    const alpha = forward(logp, skippable(said));
    const ends = tf.mul(lengths, tf.scalar(2, "int32"));
    const place = tf.range(0, said.shape[1]!, 1, "int32");
    const before = tf.sub(tf.expandDims(ends, 1), place); // 0 or 1 at an end
    const ended = tf.logicalAnd(
      tf.greaterEqual(before, tf.scalar(0, "int32")),
      tf.lessEqual(before, tf.scalar(1, "int32")),
    );
    const loss = tf.neg(tf.logSumExp(tf.where(ended, alpha, never), 1));
    const short = tf.greater(framesNeeded(targets, lengths), frames);
    return tf.where(short, tf.fill([batch], Infinity), loss);
  });
}

/**
 * The log-probability of all paths up to the last frame that are at a place then,
 * `[B, S]`.
 *
 * @param logp Of the class of each place in each frame, `[B, T, S]`.
 * @param skippable 1 where the place before may be left out, `[B, S]`.
 */
function forward(logp: Tensor, skippable: Tensor): Tensor {
  const [first, ...rest] = tf.unstack(logp, 1); // T of [B, S]
  const beyond = tf.greater(tf.range(0, first.shape[1]!), 1);
  const skips = tf.mul(tf.sub(1, skippable), never);
  const start = tf.add(first, tf.mul(tf.cast(beyond, "float32"), never));
  return rest.reduce((alpha: Tensor, at) => {
    const ways = [alpha, later(alpha, 1), tf.add(later(alpha, 2), skips)];
    // A sum of what cannot be is that too, and never less.
    return tf.add(at, tf.maximum(tf.logSumExp(tf.stack(ways), 0), never));
  }, start);
}

/** The fewest frames that say targets: one each, and a blank between equal ones, `[B]`. */
function framesNeeded(targets: Tensor, lengths: Tensor): Tensor {
  const [batch, count] = targets.shape as [number, number];
  const rest: [number, number] = [batch, count - 1];
  const repeats = tf.equal(
    tf.slice(targets, [0, 1], rest),
    tf.slice(targets, 0, rest),
  );
  const places = tf.range(1, count, 1, "int32");
  const said = tf.less(places, tf.expandDims(lengths, 1));
  const blanks = tf.sum(tf.cast(tf.logicalAnd(repeats, said), "float32"), 1);
  return tf.add(tf.cast(lengths, "float32"), blanks);
}

/** Targets `[B, U]` with blanks around each, `[B, 2 U + 1]`. */
function betweenBlanks(targets: Tensor): Tensor {
  const [batch, count] = targets.shape as [number, number];
  const pairs = tf.stack([tf.zerosLike(targets), targets], 2);
  const blank = tf.zeros([batch, 1], "int32");
  return tf.concat([tf.reshape(pairs, [batch, 2 * count]), blank], 1);
}

/** 1 where the blank before may be left out: a class other than the one before it. */
function skippable(said: Tensor): Tensor {
  const [batch, places] = said.shape as [number, number];
  const first = Math.min(2, places);
  const before = tf.concat([
    tf.zeros([batch, first], "int32"),
    tf.slice(said, 0, [batch, places - first]),
  ], 1);
  const allowed = tf.logicalAnd(
    tf.notEqual(said, before),
    tf.greater(said, tf.scalar(0, "int32")),
  );
  return tf.cast(allowed, "float32");
}

/** What was `steps` places before each place; nothing at the first. */
function later(alpha: Tensor, steps: number): Tensor {
  const [batch, places] = alpha.shape as [number, number];
  const shift = Math.min(steps, places);
  return tf.concat([
    tf.fill([batch, shift], never),
    tf.slice(alpha, 0, [batch, places - shift]),
  ], 1);
}

function assertCtc({ logits, targets, lengths }: CtcInputs): void {
  assertFloats("logits", logits);
  const [batch] = logits.shape;
  const fits = logits.rank === 3 && targets.dtype === "int32" &&
    targets.rank === 2 && targets.size > 0 && targets.shape[0] === batch &&
    lengths.dtype === "int32" && `${lengths.shape}` === `${batch}`;
  if (!fits) {
    throw new TypeError(
      `Expected logits [B, T, V], targets int32 [B, U] and lengths int32 [B], got [${logits.shape}], ${targets.dtype} [${targets.shape}] and ${lengths.dtype} [${lengths.shape}]`,
    );
  }
}
