import {
  type Attr,
  constantAttrs,
  dataType,
  type Edge,
  type Node,
  type TensorType,
  typeOf,
} from "./graph.ts";
import { completeAttrs } from "./op_table.ts";

const resource = { dtype: dataType.resource, shape: [] };
const flag = { dtype: dataType.bool, shape: [] };

/** Builds the nodes around a trace. */
export class GraphBuilder {
  readonly nodes: Node[] = [];

  /** Adds a node; returns its first output. */
  add(
    op: string,
    name: string,
    { attrs = {}, inputs = [], after = [], outputs = [] }: Partial<Node>,
  ): Edge {
    const all = completeAttrs(op, attrs, inputs);
    const node = { op, name, inputs, after, outputs, attrs: all };
    this.nodes.push(node);
    return { node, index: 0 };
  }

  /** What is fed to the session. */
  placeholder(name: string, type: TensorType): Edge {
    return this.add("Placeholder", name, {
      attrs: typeAttrs(type),
      outputs: [type],
    });
  }

  /**
   * A copy of what was fed, for what outlives the run: the fed tensor may lie in
   * JavaScript's memory, which no thread of TensorFlow may be the last to let go of.
   */
  copy(name: string, value: Edge): Edge {
    const outputs = [typeOf(value)];
    return this.add("DeepCopy", name, { inputs: [value], outputs });
  }

  /** A variable of the session. */
  variable(name: string, type: TensorType): Edge {
    const attrs: Record<string, Attr> = {
      ...typeAttrs(type),
      shared_name: { string: name },
    };
    return this.add("VarHandleOp", name, { attrs, outputs: [resource] });
  }

  /** The value of a variable. */
  read(name: string, variable: Edge, type: TensorType): Edge {
    const { dtype } = typeAttrs(type);
    return this.add("ReadVariableOp", name, {
      attrs: { dtype },
      inputs: [variable],
      outputs: [type],
    });
  }

  /** Sets a variable. */
  assign(name: string, variable: Edge, value: Edge, after: Node[]): Node {
    const inputs = [variable, value];
    return this.add("AssignVariableOp", name, { inputs, after }).node;
  }

  /** A constant to fetch in order to have other nodes run. */
  signal(name: string, after: Node[]): void {
    const attrs = constantAttrs(flag, Uint8Array.of(1));
    this.add("Const", name, { attrs, after, outputs: [flag] });
  }
}

function typeAttrs({ dtype, shape }: TensorType): Record<string, Attr> {
  return { dtype: { type: dtype }, shape: { shape } };
}
