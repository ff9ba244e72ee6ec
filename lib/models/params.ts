import { type Tensor, tf } from "../tf/backend.ts";
import { assertPositiveInteger } from "../tf/check.ts";
import { foldIn, normal } from "../tf/random.ts";

/** The parameters of a population by name, each `[M, ...]`: member axis first. */
export type Params = Record<string, Tensor>;

/** The shape of a parameter of one member, and the spread it starts with. */
export interface ParamSpec {
  /** Shape without the member axis. */
  shape: number[];
  /** Standard deviation of the normal start; 0 starts at zero. */
  std: number;
}

/**
 * Draws the parameters of a population from normal distributions.
 *
 * Member `i` depends on `keys[i]` alone, so that it is the same in every
 * population.
 *
 * @param keys int32 `[M, 2]`, one key a member.
 * @param specs What to draw, by name.
 * @returns float32 `[M, ...shape]` by name, in the order of `specs`; the caller
 * disposes them.
 *
 * @example
 * ```ts
 * import { disposeParams, initParams, keys, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const seeds = keys([1, 2, 3]);
 * const params = initParams(seeds, { kernel: { shape: [2, 4], std: 0.5 } });
 * assertEquals(params.kernel.shape, [3, 2, 4]);
 * disposeParams(params);
 * tf.dispose(seeds);
 * ```
 */
export function initParams(
  keys: Tensor,
  specs: Record<string, ParamSpec>,
): Params {
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(specs).map(([name, { shape, std }], index) => [
        name,
        std === 0
          ? tf.zeros([keys.shape[0], ...shape])
          : tf.mul(normal(foldIn(keys, index), shape), std),
      ]),
    )
  );
}

/**
 * Copies the parameters of one member to a whole population, such as a
 * pretrained model from which every member of a sweep starts.
 *
 * @param params Parameters of one member, each `[1, ...]`.
 * @param members The size of the population, M.
 * @returns Fresh parameters, each `[M, ...]`, which the caller disposes.
 * @throws {TypeError} If `params` has more than one member.
 * @throws {RangeError} If `members` is not a positive integer.
 *
 * @example
 * ```ts
 * import { repeatParams, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const one = { bias: tf.tensor2d([[1, 2]]) };
 * const three = repeatParams(one, 3);
 * assertEquals(await three.bias.array(), [[1, 2], [1, 2], [1, 2]]);
 * tf.dispose([one, three]);
 * ```
 */
export function repeatParams(params: Params, members: number): Params {
  assertPositiveInteger("members", members);
  if (countMembers(params) !== 1) {
    throw new TypeError(
      `Cannot repeat params: expected 1 member, got ${countMembers(params)}`,
    );
  }
  return mapParams(
    params,
    (param) => tf.tile(param, [members, ...param.shape.slice(1).map(() => 1)]),
  );
}

/** Applies a function to each parameter; the names and their order stay. */
export function mapParams(
  params: Params,
  map: (param: Tensor, name: string) => Tensor,
): Params {
  return Object.fromEntries(
    Object.entries(params).map(([name, param]) => [name, map(param, name)]),
  );
}

/** Disposes every parameter. */
export function disposeParams(params: Params): void {
  tf.dispose(params);
}

/**
 * Returns the size of the population that the parameters belong to.
 *
 * @throws {TypeError} If the leading axes of the parameters differ.
 */
export function countMembers(params: Params): number {
  const counts = new Set(Object.values(params).map(({ shape }) => shape[0]));
  const [members] = counts;
  if (counts.size !== 1 || members === undefined) {
    throw new TypeError(
      `Cannot count members: expected params with one leading axis, got [${[
        ...counts,
      ]}]`,
    );
  }
  return members;
}

/**
 * Returns the number of parameters of one member.
 *
 * @example
 * ```ts
 * import { countParams, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const params = { kernel: tf.zeros([5, 2, 3]), bias: tf.zeros([5, 1, 3]) };
 * assertEquals(countParams(params), 9);
 * tf.dispose(params);
 * ```
 */
export function countParams(params: Params): number {
  const members = countMembers(params);
  return Object.values(params)
    .reduce((total, { size }) => total + size / members, 0);
}
