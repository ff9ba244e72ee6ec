import { type Attr, type Edge, type Graph, type Node } from "./graph.ts";
import { shortcut } from "./shortcuts.ts";

/** Ops that give another result each time. */
const stateful = new Set(["Multinomial"]);

/** Constants of more bytes are not compared. */
const comparedUpTo = 1024;

/**
 * Merges the nodes of a graph that compute the same, takes shortcuts, and leaves out
 * those that no output needs, so that TensorFlow has less to read and optimise:
 * traces repeat constants, and a sampler what does not depend on its step.
 *
 * @param graph The graph; it stays as it is.
 */
export function simplify(graph: Graph): Graph {
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
  for (const node of graph.nodes) {
    const attrs = Object.entries(node.attrs).map(([name, attr]) => [
      name,
      "func" in attr ? { func: simplify(attr.func) } : attr,
    ]);
    const inputs = node.inputs.map(replace);
    const simple = { ...node, inputs, attrs: Object.fromEntries(attrs) };
    places.set(node, shortcut(simple, merge) ?? merge(simple));
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

/** The nodes that outputs need, each after its inputs. */
function needed(outputs: readonly Edge[]): Node[] {
  const nodes = new Set<Node>();
  // Without recursion: a graph may be deeper than JavaScript's stack.
  const open = outputs.map(({ node }) => node);
  const seen = new Set<Node>();
  while (open.length > 0) {
    const node = open.at(-1)!;
    if (seen.has(node)) {
      open.pop();
      if (node.op !== "Argument") nodes.add(node);
    } else {
      seen.add(node);
      open.push(
        ...node.inputs.map(({ node }) => node).filter((n) => !seen.has(n)),
      );
    }
  }
  return [...nodes];
}
