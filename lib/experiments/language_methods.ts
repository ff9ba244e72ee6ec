import { groupAdvantages, raftWeights } from "../losses/advantages.ts";
import { klExact, klK2, tokenEntropy } from "../losses/divergences.ts";
import { dpoLoss } from "../losses/objectives.ts";
import {
  adaptiveBeta,
  adrpoGrpoLoss,
  grpoLoss,
} from "../losses/regularised.ts";
import { adaptiveKlController } from "../losses/adaptive_kl_controller.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { type AdvantageClip } from "./methods.ts";

/** What a policy says of the completions it is trained on, K of each prompt. */
export type TokenSignals = {
  /** Logits of the policy, `[M, C, K, T, V]`. */
  logits: Tensor;
  /** Logits of the reference, the same shape. */
  logitsRef: Tensor;
  /** Log-probabilities of the tokens under the policy, `[M, C, K, T]`, in nats. */
  logp: Tensor;
  /** The same under the policy that drew them. */
  logpOld: Tensor;
  /** The same under the reference. */
  logpRef: Tensor;
};

/** A divergence token by token, `[M, C, K, T]`; the library's `kl...` are such. */
export type TokenDivergence = (signals: TokenSignals) => Tensor;

/** Turns rewards `[M, C, K]` into advantages of the same shape. */
export type AdvantageEstimator = (rewards: Tensor) => Tensor;

/** What a method carries from one iteration to the next, each `[M, ...]`. */
export type Memory = Record<string, Tensor>;

/** What a method makes of the rewards of an iteration. */
export type LanguageUpdate = {
  /** Its coefficient for each sample, broadcasting against `[M, C, K]`. */
  betas: Tensor;
  /** The loss, `[M, ...]`, unreduced, to be averaged over all but the members. */
  loss(signals: TokenSignals): Tensor;
};

/** What a method is told of the samples of an iteration. */
export type Drawn = {
  /** Rewards `[M, C, K]`. */
  rewards: Tensor;
  /** The mean over samples of `logp - logpRef` of the whole completion, `[M, 1, 1]`, in nats. */
  kl: Tensor;
};

/** A fine-tuning method of language policies. */
export interface LanguageMethod {
  /** What it remembers at the start. */
  start(): Memory;
  /** Whether it learns from samples of the reference in place of its own. */
  offPolicy: boolean;
  /** Makes the loss of the next update; what needs no gradient is computed here. */
  update(drawn: Drawn, memory: Memory): LanguageUpdate;
  /** What it remembers from here on. */
  remember(drawn: Drawn, memory: Memory): Memory;
}

type Coefficient = Tensor;
const epsilon = 0.2;

/** GRPO's advantages: centred, in units of the group's spread. */
export const normalised: AdvantageEstimator = (rewards) =>
  groupAdvantages(rewards, { epsilon: 1e-4 });

/**
 * The reward less the mean of the *other* samples of the prompt,
 * `K / (K - 1) (r - mean r)`: what makes the policy gradient unbiased and keeps
 * rewards in their own units (leave-one-out, Ahmadian et al. 2024, arXiv 2402.14740).
 */
export const leaveOneOut: AdvantageEstimator = (rewards) => {
  const count = rewards.shape[rewards.rank - 1];
  return tf.tidy(() => {
    const mean = tf.mean(rewards, -1, true);
    return tf.mul(tf.sub(rewards, mean), count / (count - 1));
  });
};

/** {@linkcode klExact}, as a divergence of these methods. */
export const exactDivergence: TokenDivergence = ({ logits, logitsRef }) =>
  klExact({ logits, logitsRef });

/**
 * k2 of whole completions, in equal parts on their tokens: the one loss here whose
 * gradient is that of KL(p | pRef) of completions, since it counts what a token
 * changes in those that follow.
 */
export const sequenceK2: TokenDivergence = ({ logp, logpRef }) =>
  tf.tidy(() => {
    const count = logp.shape[logp.rank - 1];
    const whole = klK2({
      logp: tf.sum(logp, -1, true),
      logpRef: tf.sum(logpRef, -1, true),
    });
    return tf.mul(tf.div(whole, count), tf.onesLike(logp));
  });

/** A method without a memory that learns from its own samples. */
function onPolicy(update: LanguageMethod["update"]): LanguageMethod {
  return {
    start: () => ({}),
    offPolicy: false,
    update,
    remember: (_, memory) => memory,
  };
}

/** GRPO with a fixed weight of a divergence (Shao et al. 2024). */
export function grpo(
  { beta, kl, advantages: estimate = normalised }: {
    beta: Coefficient;
    kl: TokenDivergence;
    advantages?: AdvantageEstimator;
  },
): LanguageMethod {
  return onPolicy(({ rewards }) => {
    const advantages = estimate(rewards);
    return {
      betas: beta,
      loss: (signals) =>
        grpoLoss({ ...signals, advantages }, {
          beta,
          epsilon,
          kl: () => kl(signals),
        }),
    };
  });
}

/** How ADRPO-GRPO adapts. */
export interface AdrpoOptions {
  beta0: Coefficient;
  kl: TokenDivergence;
  /** Limits the advantages in the weight of the divergence. */
  clip?: AdvantageClip;
}

/** ADRPO for GRPO: the weight of the divergence is beta0 - A (Fan et al. 2025). */
export function adrpoGrpo(options: AdrpoOptions): LanguageMethod {
  return onPolicy(({ rewards }) => {
    const advantages = normalised(rewards);
    return adapted(options, { advantages, adapting: advantages });
  });
}

/**
 * ADRPO-GRPO whose weight adapts to the advantage over a *running* baseline of each
 * prompt, V = 0.9 V + 0.1 mean r, in place of the group's mean: such advantages can
 * all be negative at once. The surrogate keeps the group's advantages.
 *
 * @param options What ADRPO-GRPO takes.
 * @param baseline.start Makes the baseline at the start, `[M, C, 1]`: the expected
 * rewards of the policy that training starts from.
 */
export function adrpoRunningBaseline(
  options: AdrpoOptions,
  { start }: { start: () => Tensor },
): LanguageMethod {
  const decay = 0.9;
  return {
    start: () => ({ baseline: start() }),
    offPolicy: false,
    update: ({ rewards }, { baseline }) =>
      adapted(options, {
        advantages: normalised(rewards),
        adapting: tf.sub(rewards, baseline),
      }),
    remember: ({ rewards }, { baseline }) => ({
      baseline: tf.add(
        tf.mul(decay, baseline),
        tf.mul(1 - decay, tf.mean(rewards, -1, true)),
      ),
    }),
  };
}

function adapted(
  { beta0, kl, clip = (advantages) => advantages }: AdrpoOptions,
  { advantages, adapting }: { advantages: Tensor; adapting: Tensor },
): LanguageUpdate {
  const clipped = clip(adapting);
  return {
    betas: adaptiveBeta(clipped, { beta0 }),
    loss: (signals) =>
      adrpoGrpoLoss({ ...signals, advantages }, {
        beta0,
        epsilon,
        clip: () => clipped,
        kl: () => kl(signals),
      }),
  };
}

/** GRPO under Ziegler's controller, which steers beta to a target KL of completions. */
export function controlledGrpo(
  { target, kl, samples }: {
    target: Coefficient;
    kl: TokenDivergence;
    samples: number;
  },
): LanguageMethod {
  const controller = adaptiveKlController({
    target,
    horizon: 5 * samples,
    beta: 0.1,
  });
  return {
    start: () => ({ beta: controller.init(target.shape) }),
    offPolicy: false,
    update: (drawn, { beta }) => grpo({ beta, kl }).update(drawn, {}),
    remember: (drawn, { beta }) => ({
      beta: controller.update({ beta, kl: drawn.kl }, { samples }),
    }),
  };
}

/** GRPO with a bonus for the entropy of the next token in place of a divergence. */
export function entropyBonus(
  { weight }: { weight: Coefficient },
): LanguageMethod {
  return onPolicy(({ rewards }) => {
    const advantages = normalised(rewards);
    return {
      betas: tf.zerosLike(weight),
      loss: (signals) => {
        const surrogate = grpoLoss({ ...signals, advantages }, {
          beta: 0,
          epsilon,
        });
        const entropy = tokenEntropy(signals.logits);
        return tf.sub(surrogate, tf.mul(tf.expandDims(weight, -1), entropy));
      },
    };
  });
}

/** Likelihood of the best `keep` completions of each prompt (RAFT), with a divergence. */
export function raftLanguage(
  { keep, beta, kl }: { keep: number; beta: Coefficient; kl: TokenDivergence },
): LanguageMethod {
  return onPolicy(({ rewards }) => {
    const weights = tf.expandDims(raftWeights(rewards, { keep }), -1);
    return {
      betas: beta,
      loss: (signals) =>
        tf.sub(
          tf.mul(tf.expandDims(beta, -1), kl(signals)),
          tf.mul(weights, signals.logp),
        ),
    };
  });
}

/**
 * DPO (Rafailov et al. 2023) on pairs that the reference draws, sample i of a prompt
 * with sample i + K/2. The one of the higher reward is preferred; pairs of equal
 * rewards say nothing and do not count.
 */
export function dpo({ beta }: { beta: Coefficient }): LanguageMethod {
  return {
    ...onPolicy(({ rewards }) => {
      const [first, second] = tf.split(rewards, 2, -1);
      const firstWins = tf.greater(first, second);
      const counts = tf.cast(tf.notEqual(first, second), "float32");
      return {
        betas: beta,
        loss: ({ logp, logpRef }) => {
          const policy = parted(logp, firstWins);
          const reference = parted(logpRef, firstWins);
          const losses = dpoLoss({
            ...policy,
            chosenRef: reference.chosen,
            rejectedRef: reference.rejected,
          }, { beta });
          return tf.mul(counts, losses);
        },
      };
    }),
    offPolicy: true,
  };
}

/** Log-probabilities of completions, `[M, C, K, T]`, parted into pairs, `[M, C, K/2]`. */
function parted(perToken: Tensor, firstWins: Tensor) {
  const [first, second] = tf.split(tf.sum(perToken, -1), 2, -1);
  return {
    chosen: tf.where(firstWins, first, second),
    rejected: tf.where(firstWins, second, first),
  };
}
