import {
  type Attr,
  type Edge,
  type Graph,
  needed,
  type Node,
} from "./graph.ts";
import { hoist, stateful } from "./hoist.ts";
import { shortcut } from "./shortcuts.ts";

/** Constants of more bytes are not compared. */
const comparedUpTo = 1024;

/**
 * Merges the nodes of a graph that compute the same, takes shortcuts, computes before a
 * loop what does not depend on its round, and leaves out what no output needs, so that
 * TensorFlow has less to read, optimise and run: traces repeat constants, and a sampler
 * what does not depend on its step.
 *
 * @param graph The graph; it stays as it is.
 * @param options Whether XLA compiles it.
 */
export function simplify(graph: Graph, options: { xla: boolean }): Graph {
  const places = new Map<Node, Edge>();
  const byKey = new Map<string, Node>();
  const replace = ({ node, index }: Edge): Edge => {
    const place = places.get(node);
    // A shortcut is of an op of one output; others keep their number.
    return place ? { node: place.node, index: index + place.index } : {
      node,
      index,
    };
  };
  const merge = (node: Node): Edge => {
    const key = keyOf(node);
    const same = key && byKey.get(key);
    if (key && !same) byKey.set(key, node);
    return { node: same || node, index: 0 };
  };
  const place = (node: Node): Edge =>
    node.op === "While"
      ? merge(hoist(node, place))
      : shortcut(node, merge, options) ?? merge(node);
  for (const node of graph.nodes) {
    const attrs = Object.entries(node.attrs).map(([name, attr]) => [
      name,
      "func" in attr ? { func: simplify(attr.func, options) } : attr,
    ]);
    const inputs = node.inputs.map(replace);
    const simple = { ...node, inputs, attrs: Object.fromEntries(attrs) };
    places.set(node, place(simple));
  }
  const outputs = graph.outputs.map(replace);
  return { args: graph.args, nodes: needed(outputs), outputs };
}

/** Equal for nodes that compute the same; none if that is not known. */
function keyOf({ op, attrs, inputs }: Node): string | undefined {
  if (stateful.has(op)) return undefined;
  const names = Object.keys(attrs).sort();
  let key = op;
  for (const { node, index } of inputs) key += ` ${node.name}:${index}`;
  for (const name of names) {
    const value = textOf(attrs[name]);
    if (value === undefined) return undefined;
    key += ` ${name}=${value}`;
  }
  return key;
}

function textOf(attr: Attr): string | undefined {
  if ("func" in attr) return undefined;
  if (!("tensor" in attr)) return JSON.stringify(attr);
  const { dtype, shape, content } = attr.tensor;
  if (content.length > comparedUpTo) return undefined;
  return `${dtype} [${shape}] ${content}`;
}
