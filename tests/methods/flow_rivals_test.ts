import { assertThrows } from "@std/assert";
import { type FlowVelocities } from "../../lib/losses/flow_losses.ts";
import {
  average,
  awm,
  diffusionDpo,
  diffusionNft,
  flow,
  linearWeighting,
  type Method,
  orwCfmW2,
  raft,
  resetEvery,
  selfTraining,
} from "../../lib/methods/mod.ts";
import {
  best,
  centred,
  perPrompt,
  tilted,
  uniformly,
} from "./oracle/advantages.ts";
import { distance, ofRewards } from "./oracle/flow_losses.ts";
import { type FlowAnswer } from "./oracle/flow_policy.ts";
import { type MethodOracle } from "./oracle/iteration.ts";
import { clamp, mean } from "./oracle/numbers.ts";
import { assertIterates, flowWorld } from "./worlds.ts";

/** A method of the advantages: the loss of each answer, averaged. */
const ofAnswers = (
  loss: (answer: FlowAnswer, A: number, beta: number) => number,
): MethodOracle<FlowAnswer> => ({
  terms({ coefficient, rewards }) {
    const A = perPrompt(rewards, centred);
    return {
      beta: uniformly(rewards, coefficient),
      loss: (answers) =>
        mean(
          answers.flatMap((group, c) =>
            group.map((answer, k) => loss(answer, A[c][k], coefficient))
          ),
        ),
    };
  },
});

/** As the paper writes it: two policies around the one that drew. */
const nft = (scale: number) =>
  ofAnswers(({ vt, ut, vOld }, A, beta) => {
    const p = 0.5 + 0.5 * clamp(A / scale, -1, 1);
    const positive = vt.map((v, d) => (1 - beta) * vOld[d] + beta * v);
    const negative = vt.map((v, d) => (1 + beta) * vOld[d] - beta * v);
    return scale / beta *
      (p * distance(positive, ut) + (1 - p) * distance(negative, ut));
  });

const matching = (epsilon: number) =>
  ofAnswers(({ vt, ut, vRef, vOld }, A, beta) => {
    const ratio = Math.exp(distance(vOld, ut) - distance(vt, ut));
    const clipped = clamp(ratio, 1 - epsilon, 1 + epsilon);
    return -Math.min(ratio * A, clipped * A) + beta * distance(vt, vRef);
  });

/** Pairs of a prompt: the loss is minus the log of how surely the better one wins. */
const preferences: MethodOracle<FlowAnswer> = {
  offPolicy: true,
  terms: ({ coefficient, rewards }) => ({
    beta: uniformly(rewards, coefficient),
    loss: (answers) =>
      mean(answers.flatMap((group, c) => {
        const half = group.length / 2;
        const better = ({ vt, ut, vRef }: FlowAnswer) =>
          distance(vRef, ut) - distance(vt, ut);
        return group.slice(0, half).map((first, k) => {
          const gap = rewards[c][k] - rewards[c][k + half];
          const margin = better(first) - better(group[k + half]);
          return gap === 0
            ? 0
            : Math.log(1 + Math.exp(-coefficient * Math.sign(gap) * margin));
        });
      })),
  }),
};

const flowPairs: [Method<FlowVelocities>, MethodOracle<FlowAnswer>][] = [
  [diffusionNft(), nft(1)],
  [diffusionNft({ scale: 0.2 }), nft(0.2)],
  [awm(), matching(1)],
  [awm({ epsilon: 0.01 }), matching(0.01)],
  [
    linearWeighting,
    ofAnswers(({ vt, ut, vRef, vOld }, A, beta) =>
      A * (distance(vt, ut) - distance(vt, vOld)) + beta * distance(vt, vRef)
    ),
  ],
  [
    orwCfmW2({ tau: 1.5, centred: true }),
    ofRewards((group) => centred(tilted(1.5)(group))),
  ],
  [
    raft(flow, { keep: 1, centred: true }),
    ofRewards((group) => centred(best(1)(group))),
  ],
  [diffusionDpo, preferences],
  [selfTraining(flow), ofRewards((group) => group.map(() => 1))],
];

for (const [method, expected] of flowPairs) {
  Deno.test(`an iteration of a flow is the oracle's: ${method.name}`, async () => {
    await assertIterates(flowWorld, method, expected);
  });
}

Deno.test("options of rivals out of range, and unknown ones, are refused", () => {
  const bad = (make: () => unknown, message: string) =>
    assertThrows(make, Error, message);
  bad(() => diffusionNft({ scale: 0 }), "Expected scale to be positive");
  bad(() => diffusionNft({ Scale: 1 } as never), 'only scale, got "Scale"');
  bad(() => awm({ epsilon: -1 }), "Expected epsilon to be positive");
  bad(() => awm({ clip: 1 } as never), 'only epsilon, got "clip"');
  bad(() => resetEvery(0), "Expected iterations to be a positive integer");
  bad(() => average(1), "Expected decay to be from 0 to below 1, got 1");
  bad(() => average(NaN), "Expected decay to be from 0 to below 1, got NaN");
});
