import { type Edge, type Graph, needed, type Node, typeOf } from "./graph.ts";
import { completeAttrs } from "./op_table.ts";
import { reshaping } from "./shortcuts.ts";

/** Ops that give another result each time. */
export const stateful: ReadonlySet<string> = new Set(["Multinomial"]);

/** Ops that stay where they are. */
const staying = new Set([...stateful, "While"]);

/** What a node of a body depends on. */
type Dependence = "constants" | "what stays" | "the round";

/**
 * Computes before a loop what each of its rounds would compute anew and alike, such as
 * the embedding of the texts that a sampler is given. TensorFlow leaves it in the loop.
 *
 * @param loop A `While` node; it stays as it is.
 * @param add Adds a node to the graph around the loop, and returns its first output.
 * @returns The loop that is given what was computed before it.
 */
export function hoist(loop: Node, add: (node: Node) => Edge): Node {
  const { body: { func: body }, cond: { func: cond } } = loop
    .attrs as Record<string, { func: Graph }>;
  const dependences = dependencesOf(body);
  const before = new Map<Node, Edge>(
    body.args.map((arg, i) => [arg, loop.inputs[i]]),
  );
  const inside = new Map<Node, Node>();
  /** What the loop is given besides, and the argument that it is in the body. */
  const given = new Map<string, { input: Edge; arg: Node }>();

  const outsideOf = ({ node, index }: Edge): Edge => {
    const place = before.get(node)!;
    return { node: place.node, index: place.index + index };
  };
  const insideOf = (edge: Edge): Edge => {
    const { node, index } = edge;
    if (node.op === "Argument") return edge;
    const place = inside.get(node);
    if (place) return { node: place, index };
    const key = `${node.name}:${index}`;
    if (!given.has(key)) {
      const name = `argument_${body.args.length + given.size}`;
      const outputs = [typeOf(edge)];
      const arg = { op: "Argument", name, attrs: {}, inputs: [], outputs };
      given.set(key, { input: outsideOf(edge), arg });
    }
    return { node: given.get(key)!.arg, index: 0 };
  };
  for (const node of body.nodes) {
    const dependence = dependences.get(node);
    if (dependence !== "the round") {
      const name = `${loop.name}/${node.name}`;
      const inputs = node.inputs.map(outsideOf);
      before.set(node, add({ ...node, name, inputs }));
    }
    // What takes no time stays, and the loop is given what it is of.
    if (dependence !== "what stays" || reshaping.has(node.op)) {
      inside.set(node, { ...node, inputs: node.inputs.map(insideOf) });
    }
  }
  const returned = body.outputs.map(insideOf);

  const args = [...given.values()].map(({ arg }) => arg);
  const outputs = [...returned, ...args.map((node) => ({ node, index: 0 }))];
  const inputs = [
    ...loop.inputs,
    ...[...given.values()].map(({ input }) => input),
  ];
  const graphs = {
    body: {
      func: { args: [...body.args, ...args], nodes: needed(outputs), outputs },
    },
    cond: { func: { ...cond, args: [...cond.args, ...args] } },
  };
  const attrs = completeAttrs(loop.op, graphs, inputs);
  return { ...loop, attrs, inputs, outputs: inputs.map(typeOf) };
}

function dependencesOf({ args, nodes, outputs }: Graph) {
  const dependences = new Map<Node, Dependence>(
    args.map((arg, i) => {
      const stays = outputs[i].node === arg;
      return [arg, stays ? "what stays" : "the round"];
    }),
  );
  for (const node of nodes) {
    const taken = node.inputs.map((edge) => dependences.get(edge.node)!);
    const dependence = staying.has(node.op) || taken.includes("the round")
      ? "the round"
      : taken.includes("what stays")
      ? "what stays"
      : "constants";
    dependences.set(node, dependence);
  }
  return dependences;
}
