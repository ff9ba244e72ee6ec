import { countMembers, mapParams, type Params } from "../../models/params.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import {
  assertKnown,
  assertPositive,
  assertPositiveInteger,
} from "../../tf/check.ts";
import { foldIn, uniform } from "../../tf/random.ts";
import {
  type DecoderConfig,
  readDecoderConfig,
} from "../language/decoder_config.ts";
import {
  linearLayers,
  linearName,
  linearShape,
} from "../language/decoder_layers.ts";
import { withGradient } from "./frozen.ts";

/** Which linear layers of a decoder are adapted, and how. */
export interface LoraOptions {
  /** The rank of a change, r. */
  rank: number;
  /** The change is multiplied by alpha / r. */
  alpha: number;
  /** The layers by the end of their name; `["q_proj", "v_proj"]` when left out. */
  targets?: readonly string[];
}

/** The name under which the adapters keep their alpha, `[M]`. */
export const alphaName = "alpha";

/** The names of the two factors of a layer's change. */
export const factorNames = (layer: string) =>
  [`${layer}.lora_A.weight`, `${layer}.lora_B.weight`] as const;

/**
 * Makes the parameters of low-rank adapters: a linear layer `w` of the frozen base
 * becomes
 *
 *     w + (alpha / r) B A
 *
 * with A `[r, inputs]` uniform in +-1 / sqrt(inputs) and B `[outputs, r]` zero, so
 * that the model starts as the base itself (Hu et al. 2021, arXiv 2106.09685, section
 * 4.1; the draw of A is that of `peft`). The base has one copy, whoever runs it: a
 * member of a population is a set of adapters, and the reference is the base without
 * any.
 *
 * Alpha is a parameter of the tree, whose gradient is zero: whatever trains, copies or
 * saves the tree keeps it.
 *
 * @param model The language model.
 * @param keys int32 `[M, 2]`; member i depends on `keys[i]` alone.
 * @param options Which layers, and how.
 * @returns By name, each `[M, ...]`; the caller disposes them.
 * @throws {RangeError} If a number is not positive, or a target is no linear layer.
 * @throws {TypeError} If an option has an unknown name.
 *
 * @example
 * ```ts
 * import { initAdapters, keys, loadLanguageModel, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadLanguageModel("tests/pretrained/fixtures/decoders/llama");
 * const seeds = keys([1]);
 * const adapters = initAdapters(model, seeds, { rank: 2, alpha: 4 });
 * const tokens = tf.tensor2d([[5, 9, 11]], [1, 3], "int32");
 * const [policy, reference] = [model.logits(tokens, adapters), model.logits(tokens)];
 * assertEquals(await policy.data(), await reference.data());
 * tf.dispose([seeds, adapters, tokens, policy, reference]);
 * model.dispose();
 * ```
 */
export function initAdapters(
  model: { readonly config: Record<string, unknown> },
  keys: Tensor,
  options: LoraOptions,
): Params {
  assertKnown("the options of initAdapters", options, [
    ...["rank", "alpha", "targets"],
  ]);
  const { rank, alpha, targets = ["q_proj", "v_proj"] } = options;
  assertPositiveInteger("rank", rank);
  assertPositive("alpha", alpha);
  assertTargets(targets);
  const config = readDecoderConfig(model.config);
  const [members] = keys.shape;
  return tf.tidy(() => {
    const adapters: Params = { [alphaName]: tf.fill([members], alpha) };
    for (let layer = 0; layer < config.depth; layer++) {
      for (const target of linearLayers.filter((l) => targets.includes(l))) {
        const name = linearName(`model.layers.${layer}`, target);
        const [outputs, inputs] = linearShape(config, target);
        const [a, b] = factorNames(name);
        const key = foldIn(keys, Object.keys(adapters).length);
        const even = tf.sub(tf.mul(uniform(key, [rank, inputs]), 2), 1);
        adapters[a] = tf.div(even, Math.sqrt(inputs));
        adapters[b] = tf.zeros([members, outputs, rank]);
      }
    }
    return adapters;
  });
}

function assertTargets(targets: readonly string[]): void {
  const known: readonly string[] = linearLayers;
  const wrong = targets.find((target) => !known.includes(target));
  if (wrong !== undefined || targets.length === 0) {
    throw new RangeError(
      `Expected targets to be of ${known.join(", ")}, got ${
        wrong === undefined ? "none" : JSON.stringify(wrong)
      }`,
    );
  }
}

/**
 * Checks that adapters fit a decoder and a batch.
 *
 * @throws {TypeError} If a name or a shape does not fit, naming the first, or the
 * members do not divide the batch.
 */
export function assertAdapters(
  adapters: Params,
  config: DecoderConfig,
  batch: number,
): void {
  const members = countMembers(adapters);
  const expected = adapterShapes(adapters, config);
  for (const [name, { shape, dtype }] of Object.entries(adapters)) {
    const fits = `${shape}` === `${expected[name]}` && dtype === "float32";
    if (!fits) {
      throw new TypeError(
        `Expected adapters to have float32 "${name}" of shape [${
          expected[name] ?? "none: the model has no such layer"
        }], got ${dtype} [${shape}]`,
      );
    }
  }
  const missing = Object.keys(expected).find((name) => !(name in adapters));
  if (missing !== undefined) {
    throw new TypeError(`Expected adapters to have "${missing}"`);
  }
  if (batch % members !== 0) {
    throw new TypeError(
      `Expected the rows of tokens to be shared out among ${members} members of adapters, got ${batch}`,
    );
  }
}

/** The shapes that adapters of these layers and of this rank have in a model. */
function adapterShapes(
  adapters: Params,
  config: DecoderConfig,
): Record<string, number[]> {
  const members = countMembers(adapters);
  const shapes: Record<string, number[]> = { [alphaName]: [members] };
  for (let layer = 0; layer < config.depth; layer++) {
    for (const target of linearLayers) {
      const [a, b] = factorNames(linearName(`model.layers.${layer}`, target));
      if (!(a in adapters || b in adapters)) continue;
      const rank = adapters[a]?.shape[1] ?? adapters[b].shape[2]!;
      const [outputs, inputs] = linearShape(config, target);
      shapes[a] = [members, rank, inputs];
      shapes[b] = [members, outputs, rank];
    }
  }
  return shapes;
}

/**
 * Adds the change that adapters make to a linear layer, `y + (alpha / r) B A x`.
 *
 * @param y What the frozen layer makes of `x`, `[R, outputs]`.
 * @param x `[R, inputs]`, the rows of each member together.
 * @param options The layer's `name`, and the `adapters`.
 * @returns `y` itself where the layer has none; the gradient reaches `y`, `x`, A and B.
 */
export function adapted(
  y: Tensor,
  x: Tensor,
  { name, adapters }: { name: string; adapters?: Params },
): Tensor {
  const [nameA, nameB] = factorNames(name);
  const a = adapters?.[nameA];
  if (!a) return y;
  const [members, rank] = a.shape;
  // One member has plain matrices, whose product is faster.
  const split = (t: Tensor) =>
    members === 1
      ? tf.reshape(t, t.shape.slice(-2))
      : tf.reshape(t, [members, -1, t.shape.at(-1)!]);
  const scale = tf.reshape(
    tf.div(adapters[alphaName], rank!),
    members === 1 ? [1, 1] : [members, 1, 1],
  );
  const change = lowRank(split(x), split(a), split(adapters[nameB]), scale);
  return tf.add(y, tf.reshape(change, y.shape));
}

/** `scale x a' b'`; the gradient reaches all but `scale`. */
function lowRank(x: Tensor, a: Tensor, b: Tensor, scale: Tensor): Tensor {
  return withGradient(([x, a, b], save) => {
    const inner = tf.mul(tf.matMul(x, a, false, true), scale);
    save([x, a, b, inner, scale]);
    return {
      value: tf.matMul(inner, b, false, true),
      gradFunc: (dy, [x, a, b, inner, scale]) => {
        const dInner = tf.mul(tf.matMul(dy, b), scale);
        return [
          tf.matMul(dInner, a),
          tf.matMul(dInner, x, true),
          tf.matMul(dy, inner, true),
        ];
      },
    };
  })(x, a, b);
}

/**
 * Makes a result depend on alpha, with a gradient of zero: one who asks for the
 * gradients of all adapters gets them.
 */
export function tieToAdapters(h: Tensor, adapters?: Params): Tensor {
  if (!adapters) return h;
  return withGradient(([h, alpha]) => ({
    value: tf.clone(h),
    gradFunc: (dy) => [dy, tf.zeros(alpha.shape)],
  }))(h, adapters[alphaName]);
}

/**
 * Takes the adapters of one member.
 *
 * @param adapters Adapters of M members.
 * @param member Which; may be left out where there is but one.
 * @returns Adapters of one member, fresh, which the caller disposes.
 * @throws {RangeError} If there is no such member, or there are several and none is
 * named.
 */
export function memberOf(adapters: Params, member?: number): Params {
  const members = countMembers(adapters);
  const at = member ?? (members === 1 ? 0 : NaN);
  if (!(Number.isInteger(at) && at >= 0 && at < members)) {
    throw new RangeError(
      `Expected member to be an integer from 0 to ${
        members - 1
      }, got ${member}`,
    );
  }
  return mapParams(adapters, (values) => tf.slice(values, at, 1));
}
