import { completionLogits } from "../models/completion_logits.ts";
import { gpt } from "../models/gpt.ts";
import { tokenLogProbs } from "../models/token_log_probs.ts";
import { sampleTokens } from "../samplers/token_sampler.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys, uniform } from "../tf/random.ts";
import { type Step } from "../train/train_options.ts";
import { training, trainingStep } from "./training.ts";
import { type Workload } from "./workload.ts";

/** The sizes of a language model and its work. */
type Sizes = {
  vocabulary: number;
  length: number;
  width: number;
  depth: number;
  heads: number;
  batch: number;
};

/** A model that reads one prompt token, and its parameters. */
function languageModel({ batch: _, ...sizes }: Sizes) {
  const model = gpt({ ...sizes, promptTokens: 1 });
  return { model, params: model.init(keys([0])) };
}

/** The one prompt, for each sequence: int32 `[N, 1]`. */
const promptsOf = ({ vocabulary, batch }: Sizes) =>
  tf.fill([batch, 1], vocabulary, "int32");

/** A training step of a language model: the mean negative log-likelihood of tokens. */
export function gptTrain(sizes: Sizes): Workload {
  const { vocabulary, batch, length } = sizes;
  const { model, params } = languageModel(sizes);
  const draws = (iteration: number | Tensor) => {
    const u = uniform(foldIn(keys([1]), iteration), [batch, length]);
    return { tokens: tf.cast(tf.floor(tf.mul(u, vocabulary)), "int32") };
  };
  const step: Step = (before, iteration) => {
    const { tokens } = draws(iteration); // [1, N, T]
    const prompts = promptsOf(sizes);
    return trainingStep(before, (params) => {
      const completions = tokens;
      const logits = completionLogits(model, { params, prompts, completions });
      return tf.neg(tf.mean(tokenLogProbs({ logits, tokens }), [1, 2]));
    });
  };
  return {
    ...training(params, step),
    repeat: { params, draws },
  };
}

/** Drawing completions token by token, with a cache of keys and values. */
export function gptSample(sizes: Sizes): Workload {
  const { vocabulary, batch, length } = sizes;
  const { model, params } = languageModel(sizes);
  const keyOf = (iteration: number | Tensor) => foldIn(keys([1]), iteration);
  return {
    state: params,
    step: (state, iteration) => {
      const { tokens, logp } = sampleTokens(
        model,
        {
          params: state,
          prompts: promptsOf(sizes),
          keys: keyOf(iteration),
        },
        { length },
      );
      return { state, logs: { tokens, logp } };
    },
    repeat: {
      params,
      draws: (iteration) => ({
        u: uniform(keyOf(iteration), [length, batch, vocabulary]),
      }),
    },
    values: ({ logp }) => logp,
  };
}
