// The oracle of token policies: how a language model writes completions, and what a
// loss sees of them.
import { type Params } from "../../../lib/models/params.ts";
import { type TokenModel } from "../../../lib/models/token_model.ts";
import { tf } from "../../../lib/tf/backend.ts";
import { foldIn, keys, uniform } from "../../../lib/tf/random.ts";
import { type PolicyOracle } from "./iteration.ts";
import { rowsOf } from "./numbers.ts";

/** What a loss sees of a completion: rows of tokens, logits `[T][V]`. */
export interface TokenAnswer {
  tokens: number[];
  /** How many tokens count. */
  counted: number;
  logits: number[][];
  logitsRef: number[][];
  logpOld: number[];
}

export const logSoftmax = (logits: readonly number[]): number[] => {
  const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
  return logits.map((x) => x - Math.log(total));
};

/** A language model: token by token, the whole sequence read again for each. */
export function tokenOracle(
  { model, reference, prompts, length, stop }: {
    model: TokenModel;
    reference: Params;
    prompts: number[][];
    length: number;
    stop?: number;
  },
): PolicyOracle<TokenAnswer> {
  const V = model.vocabulary;
  return {
    contexts: prompts.length,
    reference,
    draw(params, { seed, iteration, perContext, anchor = reference }) {
      const asked = prompts.flatMap((prompt) =>
        Array.from({ length: perContext }, () => prompt)
      );
      const count = asked.length;
      const key = foldIn(keys([seed]), iteration);
      const noise = uniform(key, [length, count, V]).dataSync();
      /** Logits of each token of completions, `[N][T][V]`. */
      const read = (params: Params, written: number[][]) => {
        const rows = asked.map((prompt, n) => [...prompt, ...written[n]]);
        return model.logits(params, tf.tensor3d([rows], undefined, "int32"));
      };
      const tokens: number[][] = asked.map(() => []);
      for (let place = 0; place < length; place++) {
        const all = read(params, tokens).dataSync();
        const width = asked[0].length + place;
        tokens.forEach((row, n) => {
          if (row.includes(stop!)) return row.push(stop!);
          const scores = Array.from({ length: V }, (_, token) => {
            const u = noise[(place * count + n) * V + token];
            return all[(n * width + width - 1) * V + token] -
              Math.log(-Math.log(Math.max(u, 2 ** -26)));
          });
          return row.push(scores.indexOf(Math.max(...scores)));
        });
      }
      const outputs = (params: Params) => {
        const given = tokens.map((row) => row.slice(0, -1));
        const all = read(params, given); // the last token is never read
        return tf.slice(all, [0, 0, asked[0].length - 1, 0]);
      };
      const parted = (values: number[]) =>
        rowsOf(values, length * V).map((row) => rowsOf(row, V));
      const logp = (logits: number[][][]) =>
        logits.map((rows, n) =>
          rows.map((row, place) => logSoftmax(row)[tokens[n][place]])
        );
      const counted = tokens.map((row) =>
        row.includes(stop!) ? row.indexOf(stop!) + 1 : length
      );
      const logitsRef = parted([...outputs(anchor).dataSync()]);
      const logpRef = logp(logitsRef);
      const logpOld = logp(parted([...outputs(params).dataSync()]));
      return {
        answers: tokens,
        dtype: "int32",
        divergence: tokens.map((_, n) =>
          logpOld[n].slice(0, counted[n]).reduce(
            (sum, old, place) => sum + old - logpRef[n][place],
            0,
          )
        ),
        update: () => ({
          outputs,
          answers: (values) =>
            parted(values).map((logits, n) => ({
              tokens: tokens[n],
              counted: counted[n],
              logits,
              logitsRef: logitsRef[n],
              logpOld: logpOld[n],
            })),
        }),
      };
    },
  };
}
