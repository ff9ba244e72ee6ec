import { type Attr } from "./graph.ts";
import { type OpAttr } from "./native_backend.ts";

/** The kinds of attributes in the order of their numbers, `TF_ATTR_STRING` first. */
const kinds = ["string", "int", "float", "bool", "type", "shape"] as const;

/**
 * Translates the attributes that a kernel gives an op.
 *
 * @throws {Error} If one is of a kind that kernels have no use for.
 */
export function toAttrs(opAttrs: readonly OpAttr[]): Record<string, Attr> {
  return Object.fromEntries(opAttrs.map(({ name, type, value }) => {
    const kind = kinds[type];
    if (!kind) throw new Error(`Cannot trace the attribute ${name}`);
    return [name, { [kind]: value } as Attr];
  }));
}
