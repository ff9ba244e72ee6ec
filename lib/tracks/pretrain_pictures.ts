import { type ObjectViews } from "../data/object_views.ts";
import {
  captionOf,
  drawPairs,
  drawTemplates,
  pairSplit,
} from "../data/two_objects.ts";
import { type Params } from "../models/params.ts";
import { loadPretrained, savePretrained } from "../models/pretrained.ts";
import { loadTokenizer } from "../pretrained/language/tokenizer.ts";
import { loadPromptEncoder } from "../pretrained/pictures/load_prompt_encoder.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { keys } from "../tf/random.ts";
import { type Fit } from "../train/fit.ts";
import { isAsked, keepFit, type PretrainOptions } from "./keep_fit.ts";
import {
  autoencoderFit,
  drawJudgeViews,
  flowFit,
  judgeFit,
} from "./picture_fits.ts";
import { allPicturePrompts, judgedThings } from "./picture_models.ts";

const names = [
  "picture_autoencoder",
  "picture_judge",
  "picture_texts",
  "picture_small",
  "picture_large",
];

/**
 * Trains the models of the pictures of two objects and keeps them in `data/models`, in
 * half precision:
 *
 * - `picture_autoencoder`: the latent space;
 * - `picture_judge`: the classifier that judges, on renders of its own;
 * - `picture_texts`: the captions of the experiments, by a frozen sentence encoder;
 * - `picture_small` and `picture_large`: the flows, given captions.
 *
 * @param options As for {@linkcode pretrain}; and `encoder`, the folder of the sentence
 * encoder, all-MiniLM-L6-v2, which the captions are read by.
 * @returns The last loss of each, and how often the judge is right.
 */
export async function pretrainPictures(
  options: PretrainOptions & { encoder: string },
): Promise<Record<string, number>> {
  const results: Record<string, number> = {};
  if (!names.some((name) => isAsked(options, name))) return results;
  const templates = await drawTemplates();
  const run = async (name: string, recipe: Omit<Fit, "onProgress">) => {
    if (!isAsked(options, name)) return;
    const { params, loss } = await keepFit(name, recipe, {
      ...options,
      half: true,
    });
    results[`${name} loss`] = loss;
    results[`${name} loss more by half precision`] = await lossOfHalf(
      name,
      recipe,
      params,
    );
    tf.dispose(params);
  };
  await run("picture_autoencoder", autoencoderFit(templates));
  if (isAsked(options, "picture_judge")) {
    const views = await drawJudgeViews();
    await run("picture_judge", judgeFit(views));
    results["picture_judge accuracy"] = await judgeAccuracy(templates);
    tf.dispose({ ...views });
  }
  const flows = (["small", "large"] as const)
    .filter((size) => isAsked(options, `picture_${size}`));
  if (flows.length > 0 || isAsked(options, "picture_texts")) {
    const texts = await readCaptions(options.encoder);
    if (isAsked(options, "picture_texts")) {
      await savePretrained("picture_texts", { texts: texts.prompts }, {
        captions: allPicturePrompts.map(({ caption }) => caption).join("\n"),
      }, { half: true });
      results["picture_texts captions"] = allPicturePrompts.length;
    }
    const autoencoder = await loadPretrained("picture_autoencoder");
    for (const size of flows) {
      const data = { templates, autoencoder, texts: texts.trained };
      await run(`picture_${size}`, flowFit(size, data));
    }
    tf.dispose([texts, autoencoder]);
  }
  tf.dispose({ ...templates });
  return results;
}

/** How much larger the loss of the kept model is, on batches that neither has seen. */
async function lossOfHalf(
  name: string,
  { loss }: Omit<Fit, "onProgress">,
  params: Params,
): Promise<number> {
  const half = await loadPretrained(name);
  const more = tf.tidy(() => {
    const losses = (params: Params) =>
      tf.mean(tf.concat(
        [67, 68, 69].map((seed) => tf.tidy(() => loss(params, keys([seed])))),
      ));
    return tf.sub(losses(half), losses(params)).dataSync()[0];
  });
  tf.dispose(half);
  return more;
}

/** How often the judge is right about both halves of exact renders, of every pair. */
async function judgeAccuracy(templates: ObjectViews): Promise<number> {
  const judge = await loadPretrained("picture_judge");
  const share = tf.tidy(() => {
    const all = Object.values(pairSplit).flat().map((pair) => [...pair]);
    const pairs = tf.tensor2d(all, undefined, "int32");
    const pictures = drawPairs(templates, pairs, keys([64]));
    const right = tf.equal(judgedThings(judge, pictures), pairs);
    return tf.mean(tf.min(tf.cast(right, "float32"), 1)).dataSync()[0];
  });
  tf.dispose(judge);
  return share;
}

/** The captions of training, two wordings a pair, and those of the experiments. */
async function readCaptions(
  folder: string,
): Promise<{ trained: Tensor; prompts: Tensor }> {
  const captions = [
    ...pairSplit.trained.flatMap((pair) => [
      captionOf(pair, 0),
      captionOf(pair, 1),
    ]),
    ...allPicturePrompts.map(({ caption }) => caption),
  ];
  const encoder = await loadPromptEncoder(folder);
  const { encode } = await loadTokenizer(folder);
  const atOnce = 100;
  const parts: Tensor[] = [];
  for (let at = 0; at < captions.length; at += atOnce) {
    parts.push(tf.tidy(() => {
      const ids = captions.slice(at, at + atOnce).map(encode);
      return encoder.encode(tf.tensor2d(ids, undefined, "int32"))
        .last_hidden_state;
    }));
  }
  encoder.dispose();
  const counts = [2 * pairSplit.trained.length, allPicturePrompts.length];
  const [trained, prompts] = tf.tidy(() => {
    const all = tf.concat(parts);
    const [trained] = tf.split(all, counts);
    const { mean, variance } = tf.moments(trained, [0, 1]);
    return tf.split(
      // A feature that never changes has a variance of 0.
      tf.div(tf.sub(all, mean), tf.sqrt(tf.add(variance, 1e-6))),
      counts,
    );
  });
  tf.dispose(parts);
  return { trained, prompts };
}
