import { encodeAttr } from "./attr_value.ts";
import { type Attr, type Edge, type Graph, type Node } from "./graph.ts";
import { outputName } from "./op_table.ts";
import { Message } from "./protobuf.ts";

/** The version of graphs that TensorFlow 2.9 wrote; later ones read it. */
const producer = 1087;

/** How a graph is written. */
export interface GraphDefOptions {
  /** Whether XLA compiles the functions that nodes call. */
  xla: boolean;
}

/**
 * Encodes nodes, and the functions that they refer to, as a `GraphDef`.
 *
 * @param nodes The nodes, each after those it takes from.
 * @param source Replaces an edge from an argument, which a graph has not, by what
 * feeds it.
 * @param options How.
 */
export function encodeGraphDef(
  nodes: readonly Node[],
  source: (edge: Edge) => Edge,
  options: GraphDefOptions,
): Message {
  const functions = new Functions(options);
  const name = (edge: Edge) => {
    const { node, index } = source(edge);
    return `${node.name}:${index}`;
  };
  const graphDef = new Message();
  for (const node of nodes) {
    graphDef.bytes(1, functions.encodeNode(node, name));
  }
  return graphDef
    .bytes(2, functions.library)
    .bytes(4, new Message().integer(1, producer));
}

/** Encodes the functions that nodes refer to, each once. */
class Functions {
  /** A `FunctionDefLibrary`. */
  readonly library = new Message();
  #names = new Map<Graph, string>();
  #xla: boolean;
  #encodeAttr = (attr: Attr) =>
    encodeAttr(attr, (graph) => this.#nameOf(graph));

  constructor({ xla }: GraphDefOptions) {
    this.#xla = xla;
  }

  encodeNode(
    { op, name, attrs, inputs, after = [] }: Node,
    edgeName: (edge: Edge) => string,
  ): Message {
    const message = new Message().bytes(1, name).bytes(2, op);
    for (const edge of inputs) message.bytes(3, edgeName(edge));
    for (const node of after) message.bytes(3, `^${node.name}`);
    for (const [name, attr] of Object.entries(attrs)) {
      message.entry(5, name, this.#encodeAttr(attr));
    }
    // A loop runs faster as plain nodes; XLA wants it whole.
    if (op === "While" && !this.#xla) {
      const lower = this.#encodeAttr({ bool: true });
      message.entry(5, "_lower_using_switch_merge", lower);
    }
    return message;
  }

  #nameOf(graph: Graph): string {
    const known = this.#names.get(graph);
    if (known) return known;
    const name = `function_${this.#names.size}`;
    this.#names.set(graph, name);
    this.library.bytes(1, this.#encodeFunction(name, graph));
    return name;
  }

  /** A `FunctionDef`, in which an edge is named by the output's name in the op. */
  #encodeFunction(name: string, { args, nodes, outputs }: Graph): Message {
    const edgeName = ({ node, index }: Edge) =>
      node.op === "Argument"
        ? node.name
        : `${node.name}:${outputName(node.op, node.attrs, index)}`;
    const signature = new Message().bytes(1, name);
    for (const { name, outputs: [{ dtype }] } of args) {
      signature.bytes(2, new Message().bytes(1, name).integer(3, dtype));
    }
    const returns = outputs.map((edge, i) => ({ edge, name: `output_${i}` }));
    for (const { edge: { node, index }, name } of returns) {
      const { dtype } = node.outputs[index];
      signature.bytes(3, new Message().bytes(1, name).integer(3, dtype));
    }
    const message = new Message().bytes(1, signature);
    for (const node of nodes) message.bytes(3, this.encodeNode(node, edgeName));
    for (const { edge, name } of returns) {
      message.entry(4, name, edgeName(edge));
    }
    if (this.#xla) {
      message.entry(5, "_XlaMustCompile", this.#encodeAttr({ bool: true }));
    }
    return message;
  }
}
