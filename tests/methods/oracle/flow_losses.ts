// The losses of methods on flows, as the papers write them.
import {
  centred,
  perAnswer,
  perPrompt,
  uniformly,
  type Weights,
} from "./advantages.ts";
import { type FlowAnswer } from "./flow_policy.ts";
import { type MethodOracle } from "./iteration.ts";
import { mean } from "./numbers.ts";

export const distance = (a: number[], b: number[]) =>
  mean(a.map((x, d) => (x - b[d]) ** 2));

/** The flow of `weight |vt - ut|^2 + beta |vt - vRef|^2`, averaged over answers. */
export function flowLoss(weight: Weights, beta: Weights) {
  return (answers: FlowAnswer[][]): number =>
    mean(
      answers.flatMap((group, c) =>
        group.map(({ vt, ut, vRef }, k) =>
          weight[c][k] * distance(vt, ut) + beta[c][k] * distance(vt, vRef)
        )
      ),
    );
}

/** `weight |vt - ut|^2 + beta |vt - vRef|^2`, both of the advantage. */
export const ofAdvantage = (
  weight: (A: number, beta0: number) => number,
  beta: (A: number, beta0: number) => number,
): MethodOracle<FlowAnswer> => ({
  terms({ coefficient, rewards }) {
    const A = perPrompt(rewards, centred);
    const betas = perAnswer(A, (a) => beta(a, coefficient));
    const weights = perAnswer(A, (a) => weight(a, coefficient));
    return { beta: betas, loss: flowLoss(weights, betas) };
  },
});

/** Weights of the rewards, one beta. */
export const ofRewards = (
  weigh: (group: number[]) => number[],
): MethodOracle<FlowAnswer> => ({
  terms({ coefficient, rewards }) {
    const beta = uniformly(rewards, coefficient);
    return { beta, loss: flowLoss(perPrompt(rewards, weigh), beta) };
  },
});
