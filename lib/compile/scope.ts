import { Buffer } from "node:buffer";
import { type Tensor } from "../tf/backend.ts";
import {
  type Attr,
  constantAttrs,
  dataType,
  type Edge,
  type Graph,
  type Node,
  type TensorType,
} from "./graph.ts";
import { type Values } from "./native_backend.ts";
import { completeAttrs } from "./op_table.ts";
import { assertSameNode, changed } from "./same_node.ts";
import { inferTypes } from "./shape_inference.ts";

/**
 * From this size on a constant of one value is written as that value; integers may be
 * a shape, which has to be a constant.
 */
const fillFrom = 32;

/**
 * A graph that is being traced, and which tensor stands for which edge of it. With
 * a graph of an earlier trace to compare with, the first difference throws.
 */
export class Scope {
  readonly graph: Graph = { args: [], nodes: [], outputs: [] };
  readonly expected?: Graph;
  #edges = new WeakMap<object, Edge>();
  #outside?: (tensor: Tensor) => Edge;

  /**
   * @param options.outside Finds an edge of this scope for a tensor from outside.
   * @param options.expected The graph of an earlier trace.
   */
  constructor(
    { outside, expected }: {
      outside?: (tensor: Tensor) => Edge;
      expected?: Graph;
    },
  ) {
    this.#outside = outside;
    this.expected = expected;
  }

  /** Adds an argument. */
  addArg({ dtype, shape }: TensorType): Edge {
    const { args } = this.graph;
    const node = {
      ...{ op: "Argument", name: `argument_${args.length}` },
      ...{ attrs: {}, inputs: [], outputs: [{ dtype, shape }] },
    };
    args.push(node);
    return { node, index: 0 };
  }

  /**
   * Adds an op.
   *
   * @param outputs What it returns, where that is known; else it is inferred.
   */
  addNode(
    op: string,
    attrs: Record<string, Attr>,
    inputs: readonly Edge[],
    outputs?: readonly TensorType[],
  ): Node {
    const { nodes } = this.graph;
    const node: Node = {
      ...{ op, name: `${op}_${nodes.length}`, inputs, outputs: outputs ?? [] },
      attrs: completeAttrs(op, attrs, inputs),
    };
    const before = this.expected?.nodes[nodes.length];
    if (this.expected) assertSameNode(before, node);
    if (!outputs) node.outputs = before?.outputs ?? inferTypes(node);
    nodes.push(node);
    return node;
  }

  /** Adds a constant. */
  addConstant(values: Values, type: TensorType): Edge {
    const { dtype, shape } = type;
    if (!ArrayBuffer.isView(values)) {
      throw new Error("Cannot trace a tensor of strings");
    }
    const { buffer, byteOffset, byteLength } = values;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    const mayFill = dtype !== dataType.int32 && values.length >= fillFrom;
    if (mayFill && repeats(bytes, values.BYTES_PER_ELEMENT)) {
      const dims = this.addConstant(
        Int32Array.from(shape),
        { dtype: dataType.int32, shape: [shape.length] },
      );
      const value = this.addConstant(values.slice(0, 1), { dtype, shape: [] });
      return { node: this.addNode("Fill", {}, [dims, value]), index: 0 };
    }
    const attrs = constantAttrs({ dtype, shape }, bytes.slice());
    return { node: this.addNode("Const", attrs, [], [type]), index: 0 };
  }

  /** Says which edge a tensor stands for. */
  bind(tensor: Tensor, edge: Edge): void {
    this.#edges.set(tensor.dataId, edge);
  }

  /** The edge that a tensor stands for. */
  edgeOf(tensor: Tensor): Edge {
    let edge = this.#edges.get(tensor.dataId);
    if (!edge) {
      edge = this.#outside!(tensor);
      this.bind(tensor, edge);
    }
    return edge;
  }

  /** Ends the trace. */
  finish(outputs: Edge[]): Graph {
    this.graph.outputs = outputs;
    const [was, is] = [this.expected, this.graph];
    const names = (edges: Edge[]) =>
      edges.map(({ node, index }) => `${node.name}:${index}`).join();
    if (
      was && (was.nodes.length !== is.nodes.length ||
        names(was.outputs) !== names(is.outputs))
    ) throw changed("it returns other values");
    return this.graph;
  }
}

/** Whether bytes are one element over and over: they are what they are an element later. */
function repeats(bytes: Uint8Array, size: number): boolean {
  return Buffer.compare(bytes.subarray(size), bytes.subarray(0, -size)) === 0;
}
