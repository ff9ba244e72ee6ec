import { join } from "node:path";
import { dataDir } from "../data/files.ts";
import { type Params } from "../models/params.ts";
import { initAdapters, lastBlocks } from "../pretrained/language/adapters.ts";
import {
  type LanguageModel,
  loadLanguageModel,
} from "../pretrained/language/language_model.ts";
import { answerStates } from "../pretrained/language/answer_states.ts";
import { headOf } from "../pretrained/language/decoder.ts";
import { padPrompts } from "../pretrained/language/prompts.ts";
import { chosenLogProbs } from "../pretrained/language/token_scores.ts";
import { withMerged } from "../pretrained/language/merge.ts";
import { readAdapters, writeAdapters } from "../pretrained/language/peft.ts";
import { type LoraOptions } from "../pretrained/layers/lora.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { keys, uniform } from "../tf/random.ts";
import { fit } from "../train/fit.ts";
import { writtenLessons } from "./spoken_questions.ts";

/** A language model that was taught a little, and the adapters to train on top of it. */
export interface SpokenReference {
  /** The language model: its base is the reference. */
  model: LanguageModel;
  /** The language model before it was taught. */
  base: LanguageModel;
  /** Adapters of one member with which it starts as it is. */
  start: Params;
  /** Disposes all three. */
  dispose(): void;
}

const taughtFolder = join(dataDir, "models", "spoken_numbers", "start");

const [steps, learningRate, perNumber] = [26, 3e-3, 4];

/** The adapters that the tasks train. */
const trainedLayers = (model: LanguageModel): LoraOptions => ({
  ...{ rank: 8, alpha: 16 },
  targets: lastBlocks(model, 8),
});

/** The adapters that it is taught by: smaller, and more of them. */
const taughtLayers = (model: LanguageModel): LoraOptions => ({
  ...{ rank: 4, alpha: 8 },
  targets: lastBlocks(model, 15, [
    ...["self_attn.q_proj", "self_attn.v_proj", "self_attn.o_proj"],
    "mlp.down_proj",
  ]),
});

/**
 * Loads the reference of the spoken-number tasks: SmolLM2, taught the first question
 * by a few supervised steps, so that about four of ten of its answers are right. What it was
 * taught is merged into its weights.
 *
 * @param path SmolLM2-135M-Instruct, as `deno task model smollm2` fetches it.
 * @returns The model, and fresh adapters to train; the caller disposes them.
 * @throws {Deno.errors.NotFound} If there is no such model.
 * @throws {TypeError} If the model is another, which the kept adapters do not fit.
 */
export async function loadSpokenReference(
  path: string,
): Promise<SpokenReference> {
  const base = await loadLanguageModel(path);
  const taught = await readAdapters(taughtFolder, base);
  const model = withMerged(base, taught);
  tf.dispose(taught);
  const start = tf.tidy(() =>
    initAdapters(base, keys([0]), trainedLayers(base))
  );
  return {
    ...{ model, base, start },
    dispose() {
      tf.dispose(start);
      model.dispose();
      base.dispose();
    },
  };
}

/**
 * Teaches a language model the first question by some steps of supervised learning, in
 * writing, and keeps the adapters in `data/models/spoken_numbers/start`, in half
 * precision.
 *
 * @param base The language model as it was pretrained.
 * @param onProgress Told what is being done.
 * @returns The last loss, in nats a token.
 */
export async function teachSpokenNumbers(
  base: LanguageModel,
  onProgress?: (doing: string) => unknown,
): Promise<number> {
  const { decoder } = base;
  const lessons = writtenLessons(base);
  const most = Math.max(...lessons.map(({ right }) => right.length));
  const prompts = padPrompts(lessons.map(({ prompt }) => prompt));
  const { counts, table } = tf.tidy(() => ({
    counts: tf.tensor2d(lessons.map(({ right }) => [right.length])) as Tensor,
    /** Right answers by number, the first once more where there are fewer. */
    table: tf.tensor2d(
      lessons.flatMap(({ right }) =>
        Array.from({ length: most }, (_, i) => right[i] ?? right[0])
      ),
      undefined,
      "int32",
    ) as Tensor,
  }));
  const { params, loss } = await fit({
    init: (keys) => initAdapters(base, keys, taughtLayers(base)),
    loss(params, keys) {
      const draws = tf.reshape(
        uniform(keys, [lessons.length, perNumber]),
        [lessons.length, perNumber],
      );
      const place = tf.add(
        tf.floor(tf.mul(draws, counts)),
        tf.expandDims(tf.range(0, lessons.length * most, most), 1),
      );
      const rows = tf.reshape(tf.cast(place, "int32"), [-1]);
      const answers = tf.gather(table, rows) as Tensor;
      const h = answerStates(decoder, { prompts, answers }, params);
      const tokens = tf.reshape(answers, [-1]);
      const logp = chosenLogProbs(h, headOf(decoder), tokens);
      return tf.reshape(tf.neg(tf.mean(logp)), [1]);
    },
    ...{ iterations: steps, learningRate, seed: 1 },
    onProgress: ({ iteration }) =>
      onProgress?.(`teaching the question: step ${iteration} of ${steps}`),
  });
  await writeAdapters(taughtFolder, params, { half: true });
  tf.dispose([params, prompts, counts, table]);
  return loss;
}
