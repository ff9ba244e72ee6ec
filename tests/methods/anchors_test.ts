import {
  adrpo,
  anchored,
  average,
  drawingPolicy,
  exactTokens,
  flow,
  grpo,
  resetEvery,
} from "../../lib/methods/mod.ts";
import * as o from "./oracle.ts";
import { assertIterates, flowWorld, tokenWorld } from "./worlds.ts";

const adrpoOracle: o.MethodOracle<o.FlowAnswer> = {
  terms({ coefficient, rewards }) {
    const A = o.each(rewards, o.centred);
    const beta = o.map(A, (a) => coefficient - a);
    return { beta, loss: o.flowLoss(A, beta) };
  },
};

const anchors = [
  { anchor: drawingPolicy, next: ({ params }: { params: number[] }) => params },
  {
    anchor: resetEvery(2),
    next: (
      { anchor, params, iteration }: {
        anchor: number[];
        params: number[];
        iteration: number;
      },
    ) => iteration % 2 === 0 ? params : anchor,
  },
  {
    anchor: average(0.75),
    next: ({ anchor, params }: { anchor: number[]; params: number[] }) =>
      anchor.map((value, i) => 0.75 * value + 0.25 * params[i]),
  },
];

for (const { anchor, next } of anchors) {
  Deno.test(`three iterations of a flow are the oracle's: ${anchor.name}`, async () => {
    await assertIterates(
      flowWorld,
      anchored(adrpo(flow), anchor),
      { ...adrpoOracle, anchor: next },
      { iterations: 3, grid: [0.6] },
    );
  });
  Deno.test(`three iterations of a language model are the oracle's: ${anchor.name}`, async () => {
    await assertIterates(
      tokenWorld(2),
      anchored(grpo(exactTokens), anchor),
      {
        anchor: next,
        terms({ coefficient, rewards }) {
          const A = o.each(rewards, o.standardised);
          const beta = o.uniformly(rewards, coefficient);
          return {
            beta,
            loss: o.tokenLoss(o.surrogate(A), beta, o.divergences.exact),
          };
        },
      },
      { iterations: 3, grid: [0.4] },
    );
  });
}
