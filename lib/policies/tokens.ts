import { memberTokenMean } from "../losses/reductions.ts";
import { completionLogits } from "../models/completion_logits.ts";
import { countMembers, type Params, repeatParams } from "../models/params.ts";
import { tokenLogProbs } from "../models/token_log_probs.ts";
import { type TokenModel } from "../models/token_model.ts";
import { sampleTokens } from "../samplers/token_sampler.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { assertKnown } from "../tf/check.ts";
import { memberMean, type Policy, shareDraws } from "./policy.ts";

/** What a language policy says of the completions it is trained on, K of each prompt. */
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
  /** 1 where a token counts, 0 after the stop token, the same shape. */
  mask: Tensor;
};

/** A function of logits and the reference's, `[..., V]`, with a value for each place, `[...]`. */
export type OfLogits = (
  logits: { logits: Tensor; logitsRef: Tensor },
) => Tensor;

/** Signals of a vocabulary whose logits of all places are too many at once. */
export type ChunkedSignals = TokenSignals & {
  /** Applies a function to the logits of a few places at a time: `[M, C, K, T]`. */
  overPlaces(f: OfLogits): Tensor;
};

/** Applies a function to the logits of each place, `[M, C, K, T]`, in chunks where need be. */
export function overPlaces(
  signals: TokenSignals | ChunkedSignals,
  f: OfLogits,
): Tensor {
  return "overPlaces" in signals ? signals.overPlaces(f) : f(signals);
}

/** A pretrained language model and the prompts it is asked. */
export interface Tokens {
  /** The language model. */
  model: TokenModel;
  /** Its pretrained parameters, of one member; frozen. */
  reference: Params;
  /** Parameters that training starts from; those of the reference when left out. */
  start?: Params;
  /** The prompt of each context, `[contexts][P]`. */
  prompts: readonly (readonly number[])[];
  /** Tokens of a completion, T. */
  length: number;
  /** The token that ends a completion; none when left out. */
  stop?: number;
}

/**
 * A language model as a policy: answers are completions drawn token by token; the
 * losses compare log-probabilities of their tokens. After a stop token nothing
 * counts.
 *
 * @param options The model and the prompts; the parameters stay.
 * @returns The policy, whose signals are {@linkcode TokenSignals}; gradients reach
 * `logits` and `logp` alone.
 * @throws {TypeError} If an option has an unknown name.
 *
 * @example
 * ```ts
 * import { gpt, keys, tf, tokenPolicy } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = gpt({
 *   vocabulary: 10,
 *   promptTokens: 2, // the tokens 10 and 11
 *   length: 4,
 *   width: 8,
 *   depth: 1,
 *   heads: 2,
 * });
 * const reference = model.init(keys([0]));
 * const prompts = [[10], [11]];
 * const policy = tokenPolicy({ model, reference, prompts, length: 3 });
 * const answers = tf.tidy(() => {
 *   const params = policy.init(2);
 *   return policy.draw(params, { keys: keys([5]), perContext: 4 }).answers;
 * });
 * assertEquals(answers.shape, [2, 8, 3]); // members, completions, tokens
 * tf.dispose([reference, answers]);
 * ```
 */
export function tokenPolicy(options: Tokens): Policy<TokenSignals> {
  assertKnown("the options of tokenPolicy", options, [
    ...["model", "reference", "start", "prompts", "length", "stop"],
  ]);
  const { model, reference, start = reference, prompts, length, stop } =
    options;
  const contexts = prompts.length;
  return {
    contexts,
    init: (members) => repeatParams(start, members),
    reference: (members) => repeatParams(reference, members),
    draw(params, { keys, perContext, reference: moved }) {
      const members = countMembers(params);
      const asked = askEach(prompts, perContext); // [N, P]
      const { tokens, logp, mask } = sampleTokens(
        model,
        { params, prompts: asked, keys: shareDraws(keys, members) },
        { length, stop },
      );
      const byPrompt = [members, contexts, perContext, length];
      const written = { prompts: asked, completions: tokens };
      const logitsRef = tf.reshape(
        moved
          ? completionLogits(model, { params: moved, ...written })
          : frozenLogits(model, reference, written),
        [...byPrompt, model.vocabulary],
      );
      const grouped = tf.reshape(tokens, byPrompt);
      return {
        answers: tokens,
        asked,
        logitsRef,
        logpOld: tf.reshape(logp, byPrompt),
        logpRef: tokenLogProbs({ logits: logitsRef, tokens: grouped }),
        mask: tf.reshape(mask, byPrompt),
      };
    },
    signals(params, { answers, asked, logitsRef, logpOld, logpRef, mask }) {
      const logits = tf.reshape(
        completionLogits(model, {
          params,
          prompts: asked,
          completions: answers,
        }),
        logitsRef.shape,
      );
      const tokens = tf.reshape(answers, logpOld.shape);
      const logp = tokenLogProbs({ logits, tokens });
      return { logits, logitsRef, logp, logpOld, logpRef, mask };
    },
    reduce: (losses, { mask }) =>
      stop === undefined || losses.rank < mask.rank
        ? memberMean(losses)
        : memberTokenMean(losses, mask),
    divergence({ logpOld, logpRef, mask }) {
      const k1 = tf.sub(logpOld, logpRef);
      return tf.sum(stop === undefined ? k1 : tf.mul(k1, mask), -1);
    },
  };
}

/** Each prompt `perContext` times, int32 `[N, P]`, which the caller disposes. */
export function askEach(
  prompts: readonly (readonly number[])[],
  perContext = 1,
): Tensor {
  const rows = prompts.flatMap((prompt) =>
    Array.from({ length: perContext }, () => [...prompt])
  );
  return tf.tensor2d(rows, undefined, "int32");
}

/** The logits of a one-member model for a whole population, as one product. */
function frozenLogits(
  model: TokenModel,
  params: Params,
  { prompts, completions }: { prompts: Tensor; completions: Tensor },
): Tensor {
  const [members, samples, length] = completions.shape;
  return tf.tidy(() => {
    const logits = completionLogits(model, {
      params,
      prompts: tf.tile(prompts, [members, 1]),
      completions: tf.reshape(completions, [1, -1, length!]),
    });
    return tf.reshape(logits, [members, samples, length!, model.vocabulary]);
  });
}
