import { klK2 } from "../../lib/losses/divergences.ts";
import {
  doseResponse,
  exactTokens,
  type Method,
  tokens,
} from "../../lib/methods/mod.ts";
import { type TokenSignals } from "../../lib/policies/tokens.ts";
import * as o from "./oracle.ts";
import { assertIterates, tokenWorld } from "./worlds.ts";

const families = [
  [tokens({ kl: klK2, variant: "k2" }), o.divergences.k2],
  [tokens(), o.divergences.k3],
  [exactTokens, o.divergences.exact],
] as const;
for (const [family, divergence] of families) {
  const methods = doseResponse(family);
  for (const [i, s] of [[0, -1], [2, -0.25], [5, 0.5]]) {
    const method: Method<TokenSignals> = methods[i];
    Deno.test(`an iteration of a language model is the oracle's: ${method.name}`, async () => {
      await assertIterates(tokenWorld(2), method, {
        terms({ coefficient, rewards }) {
          const A = o.each(rewards, o.standardised);
          const beta = o.map(A, (a) => coefficient + s * a);
          return {
            beta,
            loss: o.tokenLoss(o.surrogate(A), beta, divergence),
          };
        },
      }, { grid: [0.4] });
    });
  }
}
