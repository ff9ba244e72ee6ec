import { type Edge, type Node, typeOf } from "./graph.ts";

/** Ops whose result always lies in memory of its own. */
const allocating = new Set([
  ...["Add", "AddV2", "Sub", "Mul", "RealDiv", "Maximum", "Minimum"],
  ...["Square", "Sqrt", "MatMul", "BatchMatMulV2", "Const"],
]);

/**
 * Whether a value may lie in the memory of an argument, as what was reshaped lies
 * in that of what it was.
 *
 * @param value The value.
 * @param args The arguments.
 */
export function mayAlias(value: Edge, args: ReadonlySet<Node>): boolean {
  const seen = new Set<Node>();
  const open = [value.node];
  for (let node = open.pop(); node; node = open.pop()) {
    if (args.has(node)) return true;
    if (seen.has(node) || allocating.has(node.op)) continue;
    seen.add(node);
    const { dtype } = typeOf(value);
    const sources = node.inputs.filter((edge) => typeOf(edge).dtype === dtype);
    open.push(...sources.map((edge) => edge.node));
  }
  return false;
}
