import {
  drawViews,
  type ObjectView,
  type ObjectViews,
} from "../data/object_views.ts";
import {
  captionOf,
  drawPairs,
  drawTemplates,
  drawThings,
  objectNames,
  pairSplit,
  thingCount,
} from "../data/two_objects.ts";
import { flowMatchingLoss } from "../losses/objectives.ts";
import { type Params } from "../models/params.ts";
import { loadPretrained, savePretrained } from "../models/pretrained.ts";
import { logitNormalTimes } from "../paths/logit_normal_times.ts";
import { rectifiedFlow } from "../paths/rectified_flow.ts";
import { loadTokenizer } from "../pretrained/language/tokenizer.ts";
import { loadPromptEncoder } from "../pretrained/pictures/load_prompt_encoder.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../tf/random.ts";
import { type Fit } from "../train/fit.ts";
import { isAsked, keepFit, type PretrainOptions } from "./keep_fit.ts";
import {
  allPicturePrompts,
  judgedThings,
  pairAutoencoder,
  pairFlow,
  type PairFlowSize,
  thingJudge,
} from "./picture_models.ts";

const names = [
  "picture_autoencoder",
  "picture_judge",
  "picture_texts",
  "picture_small",
  "picture_large",
];

/** The weight of a nat of the latents, in squared errors of a picture. */
const latentPrice = 0.005;

const batch = 64;

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

/** The pairs of training, int32 `[P, 2]`. */
const trainedPairs = (): Tensor =>
  tf.tensor2d(
    pairSplit.trained.map((pair) => [...pair]),
    undefined,
    "int32",
  );

/** Row numbers with replacement, int32 `[size]`. */
function drawRows(keys: Tensor, rows: number, size: number): Tensor {
  const draws = tf.mul(uniform(keys, [size]), rows);
  return tf.reshape(tf.cast(tf.floor(draws), "int32"), [size]);
}

function autoencoderFit(templates: ObjectViews) {
  return {
    init: pairAutoencoder.init,
    // The negative evidence lower bound, in squared errors of a picture.
    loss(params: Params, keys: Tensor) {
      const rows = drawRows(foldIn(keys, 0), pairSplit.trained.length, batch);
      const pairs = tf.gather(trainedPairs(), rows);
      const x = drawPairs(templates, pairs, foldIn(keys, 1));
      const { mean, logVariance } = pairAutoencoder.encode(params, x);
      const noise = tf.squeeze(normal(foldIn(keys, 2), mean.shape), [0]);
      const std = tf.exp(tf.div(logVariance, 2));
      const z = tf.add(mean, tf.mul(std, noise));
      const errors = tf.square(tf.sub(pairAutoencoder.decode(params, z), x));
      const nats = tf.mul(
        0.5,
        tf.sub(
          tf.add(tf.square(mean), tf.exp(logVariance)),
          tf.add(1, logVariance),
        ),
      );
      const each = tf.add(
        tf.sum(errors, -1),
        tf.mul(latentPrice, tf.sum(nats, -1)),
      );
      return tf.reshape(tf.mean(each), [1]);
    },
    iterations: 2000,
    learningRate: 3e-3,
    seed: 61,
  };
}

/** What the judge learns from: views between and beyond those of the templates. */
function drawJudgeViews(): Promise<ObjectViews> {
  const perObject = 100;
  const draws = tf.tidy(() =>
    uniform(keys([62]), [objectNames.length * perObject, 5]).arraySync()
  ) as number[][][];
  return drawViews(
    draws[0].map(([size, turn, side, x, y], i): ObjectView => ({
      object: objectNames[Math.floor(i / perObject)],
      scale: 0.55 + 0.4 * size,
      angle: 70 * (turn - 0.5),
      mirrored: side < 0.5,
      shift: [3 * (x - 0.5), 3 * (y - 0.5)],
    })),
  );
}

function judgeFit(views: ObjectViews) {
  return {
    init: thingJudge.init,
    loss(params: Params, keys: Tensor) {
      const size = 2 * batch;
      const things = drawRows(foldIn(keys, 0), thingCount, size);
      const of = (purpose: number, shape: number[]) =>
        tf.squeeze(uniform(foldIn(keys, purpose), shape), [0]);
      const background = tf.add(0.6, tf.mul(0.4, of(1, [size, 3])));
      const squares = drawThings(views, things, foldIn(keys, 2), background);
      const light = tf.add(0.9, tf.mul(0.2, of(3, [size, 1, 1, 1])));
      const noise = tf.squeeze(normal(foldIn(keys, 4), squares.shape), [0]);
      const seen = tf.add(tf.mul(squares, light), tf.mul(0.05, noise));
      const logits = thingJudge.logits(params, tf.reshape(seen, [size, -1]));
      const truth = tf.oneHot(things.as1D(), thingCount);
      const logp = tf.sum(tf.mul(tf.logSoftmax(logits), truth), -1);
      return tf.reshape(tf.neg(tf.mean(logp)), [1]);
    },
    iterations: 3000,
    learningRate: 3e-3,
    seed: 63,
  };
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

/** How often a flow is trained without its caption, for guidance. */
const withoutText = 0.1;

function flowFit(
  size: PairFlowSize,
  { templates, autoencoder, texts }: {
    templates: ObjectViews;
    autoencoder: Params;
    texts: Tensor;
  },
) {
  const model = pairFlow(size, texts);
  return {
    init: model.init,
    loss(params: Params, keys: Tensor) {
      const c = drawRows(foldIn(keys, 0), model.contexts, batch);
      const rows = tf.cast(
        tf.floor(tf.div(tf.cast(c, "float32"), 2)),
        "int32",
      );
      const pairs = tf.gather(trainedPairs(), rows);
      const pictures = drawPairs(templates, pairs, foldIn(keys, 1));
      const { mean } = pairAutoencoder.encode(autoencoder, pictures);
      const x1 = tf.expandDims(mean, 0);
      const x0 = normal(foldIn(keys, 2), mean.shape);
      const t = logitNormalTimes(foldIn(keys, 3), [batch], { mean: 0, std: 1 });
      const { xt, ut } = rectifiedFlow({ x0, x1, t });
      const told = tf.greaterEqual(
        tf.squeeze(uniform(foldIn(keys, 4), [batch]), [0]),
        withoutText,
      );
      const none = tf.fill([batch], model.noText, "int32");
      const vt = model.velocity(params, xt, t, tf.where(told, c, none));
      return tf.mean(flowMatchingLoss({ vt, ut }), 1);
    },
    iterations: 3000,
    learningRate: { small: 2e-3, large: 1.2e-3 }[size],
    seed: { small: 65, large: 66 }[size],
  };
}
