import {
  drawViews,
  type ObjectView,
  type ObjectViews,
} from "../data/object_views.ts";
import {
  drawPairs,
  drawThings,
  objectNames,
  pairSplit,
  thingCount,
} from "../data/two_objects.ts";
import { flowMatchingLoss } from "../losses/objectives.ts";
import { type Params } from "../models/params.ts";
import { logitNormalTimes } from "../paths/logit_normal_times.ts";
import { rectifiedFlow } from "../paths/rectified_flow.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../tf/random.ts";
import {
  pairAutoencoder,
  pairFlow,
  type PairFlowSize,
  thingJudge,
} from "./picture_models.ts";

/** The weight of a nat of the latents, in squared errors of a picture. */
const latentPrice = 0.005;

const batch = 64;

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

/** The autoencoder, on pairs of training. */
export function autoencoderFit(templates: ObjectViews) {
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
export function drawJudgeViews(): Promise<ObjectViews> {
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

/** The judge, on single things before other backgrounds and in other light. */
export function judgeFit(views: ObjectViews) {
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

/** How often a flow is trained without its caption, for guidance. */
const withoutText = 0.1;

/** A flow of latents, given captions, at times that are logit-normal. */
export function flowFit(
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
