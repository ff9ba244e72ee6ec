import { type Tensor, tf } from "../tf/backend.ts";

/**
 * Applies a function to the leaves, tensors and numbers, of nested arrays and
 * records.
 *
 * @param tree The tree.
 * @param path Its name in messages, such as `result`.
 * @param visit Gets a leaf and its path, such as `result.logs.loss`.
 * @returns A tree of the same form.
 * @throws {TypeError} If there is anything else in the tree.
 */
export function mapTree<T>(
  tree: unknown,
  path: string,
  visit: (leaf: Tensor | number, path: string) => T,
): unknown {
  if (tree instanceof tf.Tensor || typeof tree === "number") {
    return visit(tree, path);
  }
  if (Array.isArray(tree)) {
    return tree.map((item, i) => mapTree(item, `${path}[${i}]`, visit));
  }
  if (isRecord(tree)) {
    const entries = Object.entries(tree)
      .map(([name, item]) => [name, mapTree(item, `${path}.${name}`, visit)]);
    return Object.fromEntries(entries);
  }
  throw new TypeError(
    `Expected ${path} to be tensors in arrays and records, got ${
      describe(tree)
    }`,
  );
}

/** The tensors of a tree by their paths, in order. */
export type Leaves = Map<string, Tensor>;

/**
 * Lists the tensors of a tree.
 *
 * @throws {TypeError} If there is anything else in the tree.
 */
export function leavesOf(tree: unknown, path: string): Leaves {
  const leaves: Leaves = new Map();
  mapTree(tree, path, (leaf, path) => {
    if (typeof leaf === "number") {
      throw new TypeError(
        `Expected ${path} to be a tensor, got the number ${leaf}; a graph would keep it as it is now`,
      );
    }
    leaves.set(path, leaf);
  });
  return leaves;
}

/**
 * Puts tensors in the place of a tree's leaves.
 *
 * @param tree The tree.
 * @param leaves As many as the tree has, in the same order.
 */
export function withLeaves<T>(tree: T, leaves: readonly Tensor[]): T {
  let at = 0;
  return mapTree(tree, "tree", () => leaves[at++]) as T;
}

/** `tf.tidy` for a tree of tensors. */
export function tidyTree<T>(action: () => T): T {
  return tf.tidy(action as () => Tensor) as T;
}

/** Puts its number in the place of each leaf. */
export function numbered(tree: unknown): unknown {
  let at = 0;
  return mapTree(tree, "tree", () => at++);
}

/** What must be equal for one graph to serve: paths, element types and shapes. */
export function formOf(leaves: Leaves): string {
  let form = "";
  for (const [path, { dtype, shape }] of leaves) {
    form += `${path} ${dtype} [${shape}]\n`;
  }
  return form;
}

/**
 * Picks the leaves of another tree in the order of the first.
 *
 * @param what What must not change, such as `the state of a loop`.
 * @throws {TypeError} If the trees differ in their paths, element types or shapes.
 */
export function matchLeaves(
  expected: Leaves,
  got: Leaves,
  what: string,
): Tensor[] {
  const fail = (path: string) => {
    const type = (tensor: Tensor | undefined) =>
      tensor ? `${tensor.dtype} [${tensor.shape}]` : "nothing";
    throw new TypeError(
      `Expected ${what} to keep its form: ${path} was ${
        type(expected.get(path))
      }, got ${type(got.get(path))}`,
    );
  };
  for (const path of got.keys()) if (!expected.has(path)) fail(path);
  return [...expected].map(([path, { dtype, shape }]) => {
    const tensor = got.get(path);
    if (tensor?.dtype !== dtype || `${tensor.shape}` !== `${shape}`) fail(path);
    return tensor!;
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  if (typeof value !== "object") return `the ${typeof value} ${String(value)}`;
  return `a ${value.constructor?.name}`;
}
