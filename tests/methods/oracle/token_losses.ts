// The losses of methods on language models, as the papers write them.
import {
  perAnswer,
  perPrompt,
  standardised,
  type Weights,
} from "./advantages.ts";
import { type MethodOracle } from "./iteration.ts";
import { clamp, mean } from "./numbers.ts";
import { logSoftmax, type TokenAnswer } from "./token_policy.ts";

export const logps = ({ tokens, logits }: TokenAnswer) =>
  logits.map((row, t) => logSoftmax(row)[tokens[t]]);
export const logpsRef = ({ tokens, logitsRef }: TokenAnswer) =>
  logitsRef.map((row, t) => logSoftmax(row)[tokens[t]]);

/** log p - log pRef of a whole completion. */
function logRatio(answer: TokenAnswer): number {
  const [logp, logpRef] = [logps(answer), logpsRef(answer)];
  let whole = 0;
  for (let t = 0; t < answer.counted; t++) whole += logp[t] - logpRef[t];
  return whole;
}

export type Divergence = (answer: TokenAnswer, t: number) => number;

/** Divergences of a token at place t of an answer. */
export const divergences = {
  k1: (answer: TokenAnswer, t: number) =>
    logps(answer)[t] - logpsRef(answer)[t],
  k2: (answer: TokenAnswer, t: number) =>
    (logps(answer)[t] - logpsRef(answer)[t]) ** 2 / 2,
  k3(answer: TokenAnswer, t: number) {
    const ratio = Math.exp(logpsRef(answer)[t] - logps(answer)[t]);
    return ratio - Math.log(ratio) - 1;
  },
  exact({ logits, logitsRef }: TokenAnswer, t: number) {
    const [logp, logpRef] = [logSoftmax(logits[t]), logSoftmax(logitsRef[t])];
    return logp.reduce((sum, x, i) => sum + Math.exp(x) * (x - logpRef[i]), 0);
  },
  /** Half the square of the whole completion's log-ratio, in equal parts. */
  sequence(answer: TokenAnswer) {
    return logRatio(answer) ** 2 / 2 / answer.counted;
  },
  /** Minus the entropy of the next token. */
  order({ logits }: TokenAnswer, t: number) {
    return logSoftmax(logits[t]).reduce((sum, x) => sum + Math.exp(x) * x, 0);
  },
};

/** A loss of the token at place t of answer k of prompt c. */
type Objective = (
  answer: TokenAnswer,
  t: number,
  [c, k]: [number, number],
) => number;

/** The clipped surrogate of a token, the loss to be made small. */
export const surrogate =
  (advantages: Weights): Objective => (answer, t, [c, k]) => {
    const ratio = Math.exp(logps(answer)[t] - answer.logpOld[t]);
    const clipped = clamp(ratio, 0.8, 1.2);
    const A = advantages[c][k];
    return -Math.min(ratio * A, clipped * A);
  };

/** The likelihood of weighted answers, as a loss of a token. */
export const likelihood = (weight: Weights): Objective => (answer, t, [c, k]) =>
  -weight[c][k] * logps(answer)[t];

/** A loss of a token, averaged over all that count. */
export const averaged = (
  answers: TokenAnswer[][],
  loss: Objective,
): number =>
  mean(
    answers.flatMap((group, c) =>
      group.flatMap((answer, k) =>
        Array.from(
          { length: answer.counted },
          (_, t) => loss(answer, t, [c, k]),
        )
      )
    ),
  );

/** `objective + beta divergence`, averaged over all tokens that count. */
export function tokenLoss(
  objective: Objective,
  beta: Weights,
  divergence: Divergence,
) {
  return (answers: TokenAnswer[][]): number =>
    averaged(
      answers,
      (answer, t, [c, k]) =>
        objective(answer, t, [c, k]) + beta[c][k] * divergence(answer, t),
    );
}

/** GRPO's surrogate, and a divergence weighted by the advantage. */
export const surrogateAnd = (
  divergence: Divergence,
  beta: (A: number, coefficient: number) => number,
  advantages = standardised,
): MethodOracle<TokenAnswer> => ({
  terms({ coefficient, rewards }) {
    const A = perPrompt(rewards, advantages);
    const betas = perAnswer(A, (a) => beta(a, coefficient));
    return { beta: betas, loss: tokenLoss(surrogate(A), betas, divergence) };
  },
});

/** A coefficient that no advantage changes. */
export const fixed = (_: number, coefficient: number): number => coefficient;

/** DPO on answers i and i + K/2; equal rewards do not count, but in the mean. */
export function dpoLoss(rewards: number[][], beta: number) {
  return (answers: TokenAnswer[][]): number =>
    mean(answers.flatMap((group, c) => {
      const half = group.length / 2;
      return Array.from({ length: half }, (_, i) => {
        const [first, second] = [rewards[c][i], rewards[c][i + half]];
        if (first === second) return 0;
        const sign = first > second ? 1 : -1;
        const margin = sign * (logRatio(group[i]) - logRatio(group[i + half]));
        return -Math.log(1 / (1 + Math.exp(-beta * margin)));
      });
    }));
}
