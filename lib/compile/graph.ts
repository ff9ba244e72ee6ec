/** A tensor's element type, numbered as TensorFlow does, and shape. */
export interface TensorType {
  dtype: number;
  shape: readonly number[];
}

/** The value of an op's attribute. */
export type Attr =
  | { int: number | readonly number[] }
  | { float: number | readonly number[] }
  | { bool: boolean | readonly boolean[] }
  | { type: number | readonly number[] }
  | { string: string }
  | { shape: readonly number[] }
  | { tensor: TensorType & { content: Uint8Array } }
  | { func: Graph };

/** One op of a graph. */
export interface Node {
  op: string;
  /** Unique in its graph. */
  name: string;
  attrs: Record<string, Attr>;
  inputs: readonly Edge[];
  /** Nodes that run before this one although it takes nothing of them. */
  after?: readonly Node[];
  outputs: readonly TensorType[];
}

/** An output of a node. */
export interface Edge {
  node: Node;
  index: number;
}

/**
 * A function as ops. Its arguments are nodes of the op "Argument" with one output,
 * which are not in `nodes`.
 */
export interface Graph {
  args: Node[];
  nodes: Node[];
  outputs: Edge[];
}

/** TensorFlow's numbers of the element types. */
export const dataType = {
  float32: 1,
  int32: 3,
  bool: 10,
  resource: 20,
} as const;

/** The attributes of a `Const` of these bytes. */
export function constantAttrs(
  type: TensorType,
  content: Uint8Array,
): Record<string, Attr> {
  return {
    dtype: { type: type.dtype },
    value: { tensor: { ...type, content } },
  };
}

/** The type of what an edge carries. */
export function typeOf({ node, index }: Edge): TensorType {
  return node.outputs[index];
}

/** `float32 [2,3]`. */
export function describeType({ dtype, shape }: TensorType): string {
  const name = Object.entries(dataType).find(([, number]) => number === dtype);
  return `${name?.[0] ?? `type ${dtype}`} [${shape}]`;
}

/** The nodes that outputs need, each after its inputs. */
export function needed(outputs: readonly Edge[]): Node[] {
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
