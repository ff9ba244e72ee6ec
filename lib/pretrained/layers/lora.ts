import { countMembers, mapParams, type Params } from "../../models/params.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { assertPositive, assertPositiveInteger } from "../../tf/check.ts";
import { foldIn, uniform } from "../../tf/random.ts";
import { withGradient } from "./frozen.ts";

/** The linear layers of a model, `[outputs, inputs]` by name. */
export type Linears = Record<string, readonly number[]>;

/** Which linear layers of a model are adapted, and how. */
export interface LoraOptions {
  /** The rank of a change, r. */
  rank: number;
  /** The change is multiplied by alpha / r. */
  alpha: number;
  /**
   * The layers by the end of their name, as PEFT takes them. When left out, those of a
   * language model are `q_proj` and `v_proj`, those of a transformer of pictures `to_q`,
   * `to_k`, `to_v` and `to_out.0`.
   */
  targets?: readonly string[];
}

/** The name under which the adapters keep their alpha, `[M]`. */
export const alphaName = "alpha";

/** The names of the two factors of a layer's change. */
export const factorNames = (layer: string) =>
  [`${layer}.lora_A.weight`, `${layer}.lora_B.weight`] as const;

/**
 * Makes adapters with which a model starts as it is: for each target a factor A `[r,
 * inputs]` uniform in +-1 / sqrt(inputs) and a factor B `[outputs, r]` of zeros (Hu et
 * al. 2021, arXiv 2106.09685, section 4.1; the draw of A is that of `peft`).
 *
 * @param linears The layers of the model.
 * @param keys int32 `[M, 2]`; member i depends on `keys[i]` alone.
 * @param options Which layers, and how.
 * @returns By name, each `[M, ...]`; the caller disposes them.
 * @throws {RangeError} If a number is not positive, or a target ends no layer's name.
 */
export function makeAdapters(
  linears: Linears,
  keys: Tensor,
  { rank, alpha, targets }: Required<LoraOptions>,
): Params {
  assertPositiveInteger("rank", rank);
  assertPositive("alpha", alpha);
  const names = targetNames(linears, targets);
  const [members] = keys.shape;
  return tf.tidy(() => {
    const adapters: Params = { [alphaName]: tf.fill([members], alpha) };
    for (const name of names) {
      const [outputs, inputs] = linears[name];
      const [a, b] = factorNames(name);
      const key = foldIn(keys, Object.keys(adapters).length);
      const even = tf.sub(tf.mul(uniform(key, [rank, inputs]), 2), 1);
      adapters[a] = tf.div(even, Math.sqrt(inputs));
      adapters[b] = tf.zeros([members, outputs, rank]);
    }
    return adapters;
  });
}

/**
 * The layers whose names are targets or end in one.
 *
 * @throws {RangeError} If there is no target, or one ends no name.
 */
export function targetNames(
  linears: Linears,
  targets: readonly string[],
): string[] {
  const ends = (name: string, target: string) =>
    name === target || name.endsWith(`.${target}`);
  const names = Object.keys(linears);
  const wrong = targets.find((target) =>
    !names.some((name) => ends(name, target))
  );
  if (wrong !== undefined || targets.length === 0) {
    throw new RangeError(
      `Expected targets to be ends of names of linear layers, such as "${
        names.at(-1)
      }", got ${wrong === undefined ? "none" : JSON.stringify(wrong)}`,
    );
  }
  return names.filter((name) => targets.some((target) => ends(name, target)));
}

/**
 * Checks that adapters fit a model and a batch.
 *
 * @throws {TypeError} If a name, a type or a shape does not fit, naming the first, or
 * the members do not divide the batch.
 */
export function assertAdapters(
  adapters: Params,
  linears: Linears,
  batch: number,
): void {
  const members = countMembers(adapters);
  const expected = adapterShapes(adapters, linears);
  for (const [name, { shape, dtype }] of Object.entries(adapters)) {
    if (`${shape}` !== `${expected[name]}` || dtype !== "float32") {
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
      `Expected the rows of a batch to be shared out among ${members} members of adapters, got ${batch}`,
    );
  }
}

/** The shapes that adapters of these layers and of this rank have in a model. */
function adapterShapes(
  adapters: Params,
  linears: Linears,
): Record<string, number[]> {
  const members = countMembers(adapters);
  const shapes: Record<string, number[]> = { [alphaName]: [members] };
  for (const [name, [outputs, inputs]] of Object.entries(linears)) {
    const [a, b] = factorNames(name);
    if (!(a in adapters || b in adapters)) continue;
    const rank = adapters[a]?.shape[1] ?? adapters[b].shape[2]!;
    shapes[a] = [members, rank, inputs];
    shapes[b] = [members, outputs, rank];
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

/** The rank of adapters, and the names of the layers that have them. */
export function adaptedLayers(
  adapters: Params,
): Required<Pick<LoraOptions, "rank" | "targets">> {
  const end = factorNames("")[0];
  const names = Object.keys(adapters).filter((name) => name.endsWith(end));
  return {
    rank: adapters[names[0]].shape[1]!,
    targets: names.map((name) => name.slice(0, -end.length)),
  };
}

/** The number of the block that a layer is of, by its name; -1 if it has none. */
export const blockOf = (name: string): number =>
  Number(/layers\.(\d+)\./.exec(name)?.[1] ?? -1);

/** How many blocks from below have no adapters, and those adapted none below them. */
export const blocksBelow = (adapters: Params): number =>
  Math.min(
    ...Object.keys(adapters).filter((name) => name !== alphaName).map(blockOf),
  );

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
