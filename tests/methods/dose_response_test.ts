import { klK2 } from "../../lib/losses/divergences.ts";
import {
  doseResponse,
  exactTokens,
  type Method,
  tokens,
} from "../../lib/methods/mod.ts";
import { type TokenSignals } from "../../lib/policies/tokens.ts";
import { divergences, surrogateAnd } from "./oracle/token_losses.ts";
import { assertIterates, tokenWorld } from "./worlds.ts";

const families = [
  [tokens({ kl: klK2, variant: "k2" }), divergences.k2],
  [tokens(), divergences.k3],
  [exactTokens, divergences.exact],
] as const;
for (const [family, divergence] of families) {
  const methods = doseResponse(family);
  for (const [i, s] of [[0, -1], [2, -0.25], [5, 0.5]]) {
    const method: Method<TokenSignals> = methods[i];
    Deno.test(`an iteration of a language model is the oracle's: ${method.name}`, async () => {
      await assertIterates(
        tokenWorld(2),
        method,
        surrogateAnd(divergence, (A, b) => b + s * A),
        { grid: [0.4] },
      );
    });
  }
}
