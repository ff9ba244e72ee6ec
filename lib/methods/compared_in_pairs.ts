import { dpoLoss } from "../losses/objectives.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { type Method } from "./method.ts";

/** How likely answers are, `[M, C, K]`, up to what all answers to a prompt share. */
export interface Likelihoods {
  policy: Tensor;
  reference: Tensor;
}

/**
 * What methods have in common that learn which of two answers is the better one, off
 * policy: the first half of the answers to a prompt is compared with the second, by
 * {@linkcode dpoLoss}; pairs of equal rewards do not count.
 *
 * @param name The method's name, for messages.
 * @param of How likely the answers are, or a bound of it, in nats.
 * @returns All of a method but its names; it is swept over beta, more than 0, and needs
 * an even number of answers to a prompt.
 */
export function comparedInPairs<Signals>(
  name: string,
  of: (signals: Signals) => Likelihoods,
): Pick<Method<Signals>, "positive" | "offPolicy" | "terms"> {
  return {
    positive: true,
    offPolicy: true,
    terms(beta, rewards) {
      const count = rewards.shape[rewards.rank - 1];
      if (count % 2 !== 0) {
        throw new RangeError(
          `Expected perContext to be even for ${name}, whose answers are compared in pairs, got ${count}`,
        );
      }
      const [first, second] = tf.split(rewards, 2, -1);
      const firstWins = tf.greater(first, second);
      const counts = tf.cast(tf.notEqual(first, second), "float32");
      return {
        beta,
        objective(signals) {
          const { policy, reference } = of(signals);
          const own = parted(policy, firstWins);
          const { chosen: chosenRef, rejected: rejectedRef } = parted(
            reference,
            firstWins,
          );
          const pairs = { ...own, chosenRef, rejectedRef };
          return tf.mul(counts, dpoLoss(pairs, { beta }));
        },
      };
    },
  };
}

/** Values of answers, `[M, C, K]`, parted into pairs, `[M, C, K/2]`. */
function parted(values: Tensor, firstWins: Tensor) {
  const [first, second] = tf.split(values, 2, -1);
  return {
    chosen: tf.where(firstWins, first, second),
    rejected: tf.where(firstWins, second, first),
  };
}
