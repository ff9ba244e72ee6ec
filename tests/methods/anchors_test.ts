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
import { ofAdvantage } from "./oracle/flow_losses.ts";
import { divergences, fixed, surrogateAnd } from "./oracle/token_losses.ts";
import { assertIterates, flowWorld, tokenWorld } from "./worlds.ts";

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
      { ...ofAdvantage((A) => A, (A, b) => b - A), anchor: next },
      { iterations: 3, grid: [0.6] },
    );
  });
  Deno.test(`three iterations of a language model are the oracle's: ${anchor.name}`, async () => {
    await assertIterates(
      tokenWorld(2),
      anchored(grpo(exactTokens), anchor),
      {
        anchor: next,
        ...surrogateAnd(divergences.exact, fixed),
      },
      { iterations: 3, grid: [0.4] },
    );
  });
}
