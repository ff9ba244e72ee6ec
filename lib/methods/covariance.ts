import { highestTokens, tokenCovariances } from "../losses/covariance.ts";
import { boundedExp } from "../losses/elementwise.ts";
import { clippedSurrogate } from "../losses/objectives.ts";
import { type TokenSignals } from "../policies/tokens.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { normalised } from "./families.ts";
import { type Method } from "./method.ts";

/**
 * KL-Cov: a policy gradient that holds the few tokens of the highest covariance of
 * advantage and log-probability, which take most of the entropy,
 *
 *     -rho A + beta [token is among them] |logp - logpOld|.
 *
 * The divergence is to the policy that drew the answers, so with one update an iteration
 * it does nothing: take at least two. There is no pull to the reference.
 *
 * Paper: Cui et al. (2025, arXiv 2505.22617), KL-Cov; the absolute value is that of the
 * authors' code (PRIME-RL/Entropy-Mechanism-of-RL). Deviates from the code: covariances
 * under the policy that drew the answers, so that all updates hold the same tokens; a
 * member's whole iteration is one batch.
 *
 * @param options.share How many of the tokens are held, above 0 to 1, rounded down. The
 * authors have 0.002 and 0.0002 of batches far larger than these.
 * @returns The method, swept over beta (1 in the paper).
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If the share is out of range.
 *
 * @example
 * ```ts
 * import { arm, klCov } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const sweep = arm(klCov({ share: 0.02 }), [0.1, 1]);
 * assertEquals(sweep.method.name, "KL-Cov, share 0.02");
 * ```
 */
export function klCov(options: { share: number }): Method<TokenSignals> {
  assertKnown("the options of klCov", options, ["share"]);
  const { share } = options;
  if (!(share > 0 && share <= 1)) {
    throw new RangeError(`Expected share to be above 0 to 1, got ${share}`);
  }
  return {
    name: `KL-Cov, share ${share}`,
    coefficient: "beta",
    look: { color: "#B22222", dash: "dash", symbol: "hexagon" },
    terms(beta, rewards) {
      const advantages = normalised(rewards);
      return {
        objective: ({ logp, logpOld }) =>
          tf.neg(
            tf.mul(
              tf.expandDims(advantages, -1),
              boundedExp(tf.sub(logp, logpOld)),
            ),
          ),
        divergence({ logp, logpOld, mask }) {
          const held = highestTokens(
            tokenCovariances({ logp: logpOld, advantages, mask }),
            { allowed: mask, count: countOf(share, mask) },
          );
          const step = tf.abs(tf.sub(logp, logpOld));
          return tf.mul(held, tf.relu(tf.sub(step, rounding)));
        },
        beta,
      };
    },
  };
}

/**
 * Clip-Cov: GRPO's surrogate without the gradient of some tokens whose covariance of
 * advantage and log-probability is high,
 *
 *     [token is not among them] clippedSurrogate.
 *
 * Paper: Cui et al. (2025, arXiv 2505.22617), Clip-Cov. Deviates from the paper: of the
 * tokens between the bounds those of the highest covariance are taken, where the paper
 * draws at random; covariances as in {@linkcode klCov}.
 *
 * @param options.low Tokens of a covariance above it can be taken; 1, as in the
 * authors' code, when left out.
 * @param options.high Those of one above it cannot; 5 when left out.
 * @returns The method, swept over the share of tokens that lose their gradient, 0 to 1.
 * @throws {TypeError} If an option has an unknown name.
 * @throws {RangeError} If `low` is not below `high`.
 *
 * @example
 * ```ts
 * import { arm, clipCov } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const { method } = arm(clipCov(), [0, 0.01, 0.05]);
 * assertEquals([method.name, method.coefficient], ["Clip-Cov", "share"]);
 * ```
 */
export function clipCov(
  options: { low?: number; high?: number } = {},
): Method<TokenSignals> {
  assertKnown("the options of clipCov", options, ["low", "high"]);
  const { low = 1, high = 5 } = options;
  if (!(low < high)) {
    throw new RangeError(`Expected low to be below high, got ${low}, ${high}`);
  }
  return {
    name: "Clip-Cov",
    coefficient: "share",
    look: { color: "#5F5FA6", dash: "dashdot", symbol: "hexagon-open" },
    terms(share, rewards) {
      const advantages = normalised(rewards);
      return {
        objective({ logp, logpOld, mask }) {
          const covariances = tokenCovariances({
            logp: logpOld,
            advantages,
            mask,
          });
          const between = tf.logicalAnd(
            tf.greater(covariances, low),
            tf.less(covariances, high),
          );
          const clipped = highestTokens(covariances, {
            allowed: tf.mul(mask, tf.cast(between, "float32")),
            count: countOf(share, mask),
          });
          return tf.mul(
            tf.sub(1, clipped),
            clippedSurrogate({ logp, logpOld, advantages }, { epsilon: 0.2 }),
          );
        },
        beta: share,
      };
    },
  };
}

/** In nats: a step below it is rounding, whose sign must not become a push. */
const rounding = 1e-5;

/** How many tokens a share of those that count is, `[M]`. */
function countOf(share: number | Tensor, mask: Tensor): Tensor {
  const all = tf.sum(tf.reshape(mask, [mask.shape[0], -1]), 1);
  const part = typeof share === "number" ? share : tf.reshape(share, [-1]);
  return tf.floor(tf.mul(all, part));
}
