import { contextIds } from "../data/context_ids.ts";
import { completionLogits } from "../models/completion_logits.ts";
import { type Params, repeatParams } from "../models/params.ts";
import { type TokenModel } from "../models/token_model.ts";
import { tokenLogProbs } from "../models/token_log_probs.ts";
import { type Reward } from "../rewards/reward.ts";
import { sampleTokens } from "../samplers/token_sampler.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys } from "../tf/random.ts";
import { adamUpdate, initAdam } from "../train/adam.ts";
import { freezeDiverged } from "../train/freeze.ts";
import { joinState, type State, stateGroup } from "../train/state.ts";
import { type Step } from "../train/train.ts";
import { valueAndGrads } from "../train/value_and_grads.ts";
import {
  type LanguageMethod,
  type Memory,
  type TokenSignals,
} from "./language_methods.ts";
import { shareDraws } from "./sweep.ts";

/** A pretrained language policy that is fine-tuned, and that anchors the fine-tuning. */
export interface LanguagePolicy {
  /** The language model. */
  model: TokenModel;
  /** Pretrained parameters, of one member; frozen. */
  reference: Params;
  /** The prompt of each context, `[contexts][P]`. */
  prompts: readonly (readonly number[])[];
  /** Tokens of a completion, T. */
  length: number;
}

/** What an online iteration takes, the same for every method that is compared. */
export interface LanguageBudget {
  /** Completions of each prompt in an iteration, K. */
  perContext: number;
  /** Adam's learning rate. */
  learningRate: number;
  /** Largest global norm of a member's gradient. */
  clipNorm: number;
  /** A member whose loss or gradient norm passes this is marked diverged and frozen. */
  divergedAbove: number;
}

/**
 * The state that every member of a population starts with.
 *
 * @param start Parameters of one member; copied.
 * @param options How many `members`, and the `method`, whose memory joins the state.
 * @returns A fresh state, which its taker (`train`) disposes.
 */
export function initOnlineLanguage(
  start: Params,
  { members, method }: { members: number; method: LanguageMethod },
): State {
  const params = repeatParams(start, members);
  return joinState({
    params,
    adam: initAdam(params),
    memory: method.start(),
    alive: tf.ones([members], "int32"),
  });
}

/**
 * Makes one iteration of online fine-tuning of a language policy:
 *
 * 1. draw K completions of each prompt from the *current* policy (or from the
 *    reference, for a method that learns off policy);
 * 2. reward them, and hand the rewards to the method by prompt;
 * 3. take one gradient step on the method's loss, averaged over tokens: all
 *    completions have T tokens, so that the means of GRPO and of Dr.GRPO agree.
 *
 * Tensors end to end: every draw comes from a seed and the iteration. Members of
 * different settings and one seed share their draws. A diverged member is frozen.
 *
 * Source: Shao et al. (2024, arXiv 2402.03300), algorithm 1, with one step for each
 * exploration as in its section 4.2; a method supplies step 3's loss.
 *
 * @param policy The policy.
 * @param options The `reward`, the `method`, how many `settings` the population has
 * with each of the `seeds`, and the `budget`.
 * @returns The step for `train`. It logs, each `[M]`: the mean `reward` of the
 * samples; their mean `kl`, nats, by k1; the mean of the method's coefficient,
 * `betaMean`, and the share of samples where it is negative, `betaNegative`;
 * `covariance`, the mean within prompts of (r - mean r) times k1; the `loss`, the
 * gradient's norm and whether the member is `alive`.
 */
export function onlineLanguageStep(
  { model, reference, prompts, length }: LanguagePolicy,
  { reward, method, settings, seeds, budget }: {
    reward: Reward;
    method: LanguageMethod;
    settings: number;
    seeds: readonly number[];
    budget: LanguageBudget;
  },
): Step {
  const { perContext, learningRate, clipNorm, divergedAbove } = budget;
  const contexts = prompts.length;
  const members = settings * seeds.length;
  const byPrompt = [members, contexts, perContext];

  return (before, iteration) => {
    const c = contextIds(contexts, perContext);
    const asked = promptTokens(
      prompts.flatMap((prompt) => Array(perContext).fill(prompt)),
    ); // [N, P]
    const iterationKeys = foldIn(keys(seeds), iteration);

    const params = stateGroup(before, "params");
    const writer = method.offPolicy ? repeatParams(reference, members) : params;
    const { tokens, logp: drawnLogp } = sampleTokens(
      model,
      {
        params: writer,
        prompts: asked,
        keys: shareDraws(iterationKeys, settings),
      },
      { length },
    );
    const logitsRef = tf.reshape(
      frozenLogits(model, reference, { prompts: asked, completions: tokens }),
      [...byPrompt, length, model.vocabulary],
    );
    const grouped = tf.reshape(tokens, [...byPrompt, length]);
    const frozen = {
      logitsRef,
      logpOld: tf.reshape(drawnLogp, grouped.shape),
      logpRef: tokenLogProbs({ logits: logitsRef, tokens: grouped }),
    };
    const rewards = tf.reshape(reward(tokens, c), byPrompt);
    const k1 = tf.sum(tf.sub(frozen.logpOld, frozen.logpRef), -1); // [M, C, K]
    const drawn = { rewards, kl: tf.mean(k1, [1, 2], true) };
    const memory = memoryOf(before);
    const { betas, loss } = method.update(drawn, memory);

    const { losses, grads } = valueAndGrads(params, (params) => {
      const logits = tf.reshape(
        completionLogits(model, {
          params,
          prompts: asked,
          completions: tokens,
        }),
        logitsRef.shape,
      );
      const logp = tokenLogProbs({ logits, tokens: grouped });
      const signals: TokenSignals = { logits, logp, ...frozen };
      return tf.mean(tf.reshape(loss(signals), [members, -1]), 1);
    });
    const { gradNorm, ...next } = adamUpdate(
      { params, grads, adam: stateGroup(before, "adam") },
      { learningRate, clipNorm },
    );
    const state = freezeDiverged(
      {
        previous: before,
        next: joinState({
          ...next,
          memory: method.remember(drawn, memory),
          alive: before.alive,
        }),
      },
      [losses, gradNorm],
      { limit: divergedAbove },
    );
    const overSamples = (values: Tensor) =>
      tf.mean(tf.add(values, tf.zeros(byPrompt)), [1, 2]);
    const centred = tf.sub(rewards, tf.mean(rewards, -1, true));
    const logs = {
      reward: overSamples(rewards),
      kl: overSamples(k1),
      betaMean: overSamples(betas),
      betaNegative: overSamples(tf.cast(tf.less(betas, 0), "float32")),
      covariance: overSamples(tf.mul(centred, k1)),
      loss: losses,
      gradNorm,
      alive: state.alive,
    };
    return { state, logs };
  };
}

/** Prompts as a tensor, int32 `[prompts, P]`, which the caller disposes. */
export function promptTokens(
  prompts: readonly (readonly number[])[],
): Tensor {
  return tf.tensor2d(prompts.map((prompt) => [...prompt]), undefined, "int32");
}

/** What the method remembers; `{}` for one without a memory. */
function memoryOf(state: State): Memory {
  return Object.keys(state).some((name) => name.startsWith("memory/"))
    ? stateGroup(state, "memory")
    : {};
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
