import { type Tensor } from "../tf/backend.ts";

/** All that a run changes, by name, such as `params/output/bias` or `adam/m`. */
export type State = Record<string, Tensor>;

/**
 * Joins groups of tensors to one flat state: the tensors of a group get its name
 * and a slash before their own.
 *
 * @param groups Tensors, and records of tensors, by name.
 * @returns The state; it shares the tensors.
 *
 * @example
 * ```ts
 * import { joinState, stateGroup, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const bias = tf.zeros([1, 2]);
 * const alive = tf.ones([1], "int32");
 * const state = joinState({ params: { "output/bias": bias }, alive });
 * assertEquals(Object.keys(state), ["params/output/bias", "alive"]);
 * assertEquals(stateGroup(state, "params"), { "output/bias": bias });
 * tf.dispose(state);
 * ```
 */
export function joinState(
  groups: Record<string, Tensor | Record<string, Tensor>>,
): State {
  const entries = Object.entries(groups).flatMap(([name, group]) =>
    isTensor(group) ? [[name, group]] : prefixed(name, group)
  );
  return Object.fromEntries(entries);
}

/**
 * Takes one group out of a state that {@linkcode joinState} made.
 *
 * @param state The state.
 * @param name The group's name.
 * @returns The group's tensors by their own names, shared with the state.
 * @throws {RangeError} If the state has no such group.
 */
export function stateGroup(state: State, name: string): Record<string, Tensor> {
  const group = optionalGroup(state, name);
  if (!group) {
    throw new RangeError(
      `Expected state to have a group "${name}", got ${Object.keys(state)}`,
    );
  }
  return group;
}

/** A group of a state, as {@linkcode stateGroup} takes it; none if there is none. */
export function optionalGroup(
  state: State,
  name: string,
): Record<string, Tensor> | undefined {
  const prefix = `${name}/`;
  const entries = Object.entries(state)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, tensor]) => [key.slice(prefix.length), tensor]);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** Lists the entries of a state in order: name, type and shape of each. */
export function describeState(state: State): string[] {
  return Object.entries(state)
    .map(([name, { dtype, shape }]) => `${name} ${dtype} [${shape}]`);
}

function prefixed(prefix: string, group: Record<string, Tensor>) {
  return Object.entries(group)
    .map(([name, tensor]) => [`${prefix}/${name}`, tensor]);
}

function isTensor(value: Tensor | Record<string, Tensor>): value is Tensor {
  return typeof value.dataId === "object" && typeof value.rank === "number";
}
