import { contextIds } from "../data/context_ids.ts";
import { mapParams } from "../models/params.ts";
import { type Policy } from "../policies/policy.ts";
import { type TextReward } from "../rewards/text.ts";
import { tf } from "../tf/backend.ts";
import { keys } from "../tf/random.ts";
import { type Task } from "./experiment.ts";
import { scoreTexts, type Texts } from "./text_reward.ts";

/**
 * Makes what a task of texts shows: an answer to each prompt with its reward, drawn from
 * the members by the same random numbers each time. Training's draws are others.
 *
 * @param texts What the answers are as texts.
 * @param reward Scores texts.
 * @param policy What draws them.
 * @returns The `show` of a task: rows `{ member, prompt, answer, reward }`.
 *
 * @example
 * ```ts
 * import { gpt, keys, matches, showTexts, tf, tokenPolicy } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const size = { vocabulary: 10, promptTokens: 1, length: 4 };
 * const model = gpt({ ...size, width: 4, depth: 1, heads: 2 });
 * const reference = model.init(keys([0]));
 * const policy = tokenPolicy({ model, reference, prompts: [[10]], length: 2 });
 * const digits = { decode: (ids: readonly number[]) => ids.join("") };
 * const texts = { name: "pairs 1", tokenizer: digits, prompts: ["A pair:"] };
 * const show = showTexts(texts, matches(/^(\d)\1$/), policy);
 * const [row] = await show(reference, [0], { done: false });
 * assertEquals([row.member, row.prompt], [0, "A pair:"]);
 * tf.dispose(reference);
 * ```
 */
export function showTexts<Signals>(
  texts: Texts,
  reward: TextReward,
  policy: Policy<Signals>,
): NonNullable<Task<Signals>["show"]> {
  return async (params, members) => {
    const c = contextIds(policy.contexts, 1);
    const answers = tf.tidy(() => {
      const at = tf.tensor1d([...members], "int32");
      const own = mapParams(params, (values) => tf.gather(values, at));
      return policy.draw(own, { keys: keys([0]), perContext: 1 }).answers;
    });
    try {
      const scored = await scoreTexts(texts, reward, { answers, c });
      return scored.map((row, i) => ({
        member: members[Math.floor(i / policy.contexts)],
        ...row,
      }));
    } finally {
      tf.dispose([c, answers]);
    }
  };
}
