import {
  type Attr,
  dataType,
  type Edge,
  type Node,
  type TensorType,
  typeOf,
} from "./graph.ts";
import { encodeGraphDef } from "./graph_def.ts";
import { completeAttrs } from "./op_table.ts";
import { type Message } from "./protobuf.ts";
import { simplify } from "./simplify.ts";
import { type Trace } from "./trace.ts";

/** How a trace is run. */
export interface ProgramOptions {
  /** How many of the first arguments live in the session, changed by each run. */
  resident: number;
  /** Whether XLA compiles it. */
  xla: boolean;
}

/** The names of the nodes that a session feeds or fetches, by number. */
export const nodeNames = {
  /** A placeholder for an argument. */
  feed: (argument: number) => `feed_${argument}`,
  /** A placeholder for the next value of a variable. */
  push: (argument: number) => `push_${argument}`,
  /** Fetched to have the variable changed to it. */
  pushed: (argument: number) => `pushed_${argument}`,
  /** The value of a variable. */
  variable: (argument: number) => `variable_${argument}`,
  /** A result that is no new value of a variable. */
  result: (result: number) => `result_${result}`,
  /** Fetched to have all variables changed to the results. */
  updated: "updated",
};

const resource = { dtype: dataType.resource, shape: [] };

/**
 * Surrounds the graph of a trace with what feeds it and what takes its results.
 *
 * Variables change when all results are there: an op that fails changes none.
 *
 * @returns An encoded `GraphDef`.
 */
export function mainGraph(
  { graph: traced, captures }: Trace,
  { resident, xla }: ProgramOptions,
): Message {
  const graph = simplify(traced);
  const { args } = graph;
  const nodes: Node[] = [];
  const add = (
    [op, name]: [string, string],
    { attrs = {}, inputs = [], after = [], type = [] }: {
      attrs?: Record<string, Attr>;
      inputs?: Edge[];
      after?: Node[];
      type?: TensorType | TensorType[];
    },
  ): Edge => {
    const outputs = [type].flat();
    const all = completeAttrs(op, attrs, inputs);
    const node = { op, name, inputs, after, outputs, attrs: all };
    nodes.push(node);
    return { node, index: 0 };
  };
  const typed = ({ dtype, shape }: TensorType) => ({
    dtype: { type: dtype },
    shape: { shape },
  });
  /**
   * A placeholder. Its tensor may lie in JavaScript's memory, which TensorFlow's
   * threads must not be the last to let go of: what outlives the run is a copy.
   */
  const copied = (name: string, type: TensorType) => {
    const fed = add(["Placeholder", name], { attrs: typed(type), type });
    return add(["DeepCopy", `${name}_copy`], { inputs: [fed], type });
  };
  /** A constant to fetch, which makes nodes run. */
  const signal = (name: string, after: Node[]) => {
    const type = { dtype: dataType.bool, shape: [] };
    const tensor = { ...type, content: Uint8Array.of(1) };
    const attrs = { dtype: { type: type.dtype }, value: { tensor } };
    return add(["Const", name], { attrs, after, type });
  };
  const assign = (name: string, inputs: Edge[], after: Node[]) =>
    add(["AssignVariableOp", name], { inputs, after }).node;

  const sources = new Map<Node, Edge>();
  const handles: Edge[] = [];
  const firstCapture = args.length -
    captures.filter(({ constant }) => !constant).length;
  args.forEach((arg, i) => {
    const [type] = arg.outputs;
    if (i >= resident && i < firstCapture) {
      const name = nodeNames.feed(i);
      const fed = resident > 0
        ? copied(name, type)
        : add(["Placeholder", name], { attrs: typed(type), type });
      return sources.set(arg, fed);
    }
    const name = nodeNames.variable(i);
    handles[i] = add(["VarHandleOp", `${name}_handle`], {
      attrs: { ...typed(type), shared_name: { string: name } },
      type: resource,
    });
    const value = copied(nodeNames.push(i), type);
    const pushed = assign(`${name}_push`, [handles[i], value], []);
    signal(nodeNames.pushed(i), [pushed]);
    const { dtype } = typed(type);
    const inputs = [handles[i]];
    sources.set(
      arg,
      add(["ReadVariableOp", name], { attrs: { dtype }, inputs, type }),
    );
  });
  const source = (edge: Edge) => sources.get(edge.node) ?? edge;

  let results = graph.outputs.map(source);
  if (xla) {
    const { node } = add(["PartitionedCall", "call"], {
      attrs: {
        f: { func: graph },
        Tout: { type: graph.outputs.map((edge) => typeOf(edge).dtype) },
        _XlaMustCompile: { bool: true },
      },
      inputs: args.map((node) => source({ node, index: 0 })),
      type: graph.outputs.map(typeOf),
    });
    results = graph.outputs.map((_, index) => ({ node, index }));
  } else {
    nodes.push(...graph.nodes);
  }

  const { node: ready } = add(["NoOp", "ready"], {
    after: [...new Set(results.map(({ node }) => node))],
  });
  const updates = results.slice(0, resident).map((value, i) =>
    assign(`update_${i}`, [handles[i], value], [ready])
  );
  signal(nodeNames.updated, updates);
  results.slice(resident).forEach((edge, i) =>
    add(["Identity", nodeNames.result(i)], {
      inputs: [edge],
      type: typeOf(edge),
    })
  );
  return encodeGraphDef(nodes, source, { xla });
}
