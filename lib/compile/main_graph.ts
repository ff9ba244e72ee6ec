import { type Edge, type Graph, type Node, typeOf } from "./graph.ts";
import { GraphBuilder } from "./graph_builder.ts";
import { encodeGraphDef } from "./graph_def.ts";
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
  value: (argument: number) => `value_${argument}`,
  /** A result that is no new value of a variable. */
  result: (result: number) => `result_${result}`,
  /** Fetched to have all variables changed to the results. */
  updated: "updated",
};

/**
 * Surrounds the graph of a trace with what feeds it and what takes its results.
 *
 * @returns An encoded `GraphDef`.
 */
export function mainGraph(
  { graph: traced, captures }: Trace,
  { resident, xla }: ProgramOptions,
): Message {
  const graph = simplify(traced);
  const { args } = graph;
  const builder = new GraphBuilder();
  const variables = new Map<number, Edge>();
  const sources = new Map<Node, Edge>();
  const firstCapture = args.length -
    captures.filter(({ constant }) => !constant).length;
  args.forEach((arg, i) => {
    if (i < resident || i >= firstCapture) {
      variables.set(i, builder.variable(`variable_${i}`, typeOf(edgeOf(arg))));
    }
    sources.set(arg, addSource(builder, i, arg, variables.get(i), resident));
  });
  const source = (edge: Edge) => sources.get(edge.node) ?? edge;

  const results = xla
    ? addCall(builder, graph, args.map((arg) => source(edgeOf(arg))))
    : graph.outputs.map(source);
  if (!xla) builder.nodes.push(...graph.nodes);
  addUpdates(builder, variables, results.slice(0, resident), results);
  results.slice(resident).forEach((edge, i) =>
    builder.add("Identity", nodeNames.result(i), {
      inputs: [edge],
      outputs: [typeOf(edge)],
    })
  );
  return encodeGraphDef(builder.nodes, source, { xla });
}

/** Adds what an argument is: what is fed, or the value of a variable. */
function addSource(
  builder: GraphBuilder,
  i: number,
  arg: Node,
  variable: Edge | undefined,
  resident: number,
): Edge {
  const [type] = arg.outputs;
  if (!variable) {
    const name = nodeNames.feed(i);
    // What is fed may become a resident value.
    return resident > 0
      ? builder.copied(name, type)
      : builder.placeholder(name, type);
  }
  const pushed = builder.copied(nodeNames.push(i), type);
  const assigned = builder.assign(`assign_${i}`, variable, pushed, []);
  builder.signal(nodeNames.pushed(i), [assigned]);
  return builder.read(nodeNames.value(i), variable, type);
}

/** Adds a call of the whole graph, as a function that XLA compiles. */
function addCall(
  builder: GraphBuilder,
  graph: Graph,
  inputs: Edge[],
): Edge[] {
  const outputs = graph.outputs.map(typeOf);
  const { node } = builder.add("PartitionedCall", "call", {
    attrs: {
      f: { func: graph },
      Tout: { type: outputs.map(({ dtype }) => dtype) },
      _XlaMustCompile: { bool: true },
    },
    inputs,
    outputs,
  });
  return outputs.map((_, index) => ({ node, index }));
}

/**
 * Adds what changes the variables, once all results are there: an op that fails
 * changes none.
 */
function addUpdates(
  builder: GraphBuilder,
  variables: Map<number, Edge>,
  values: Edge[],
  results: Edge[],
): void {
  const all = new Set(results.map(({ node }) => node));
  const { node: ready } = builder.add("NoOp", "ready", { after: [...all] });
  const updates = values.map((value, i) =>
    builder.assign(`update_${i}`, variables.get(i)!, value, [ready])
  );
  builder.signal(nodeNames.updated, updates);
}

function edgeOf(node: Node): Edge {
  return { node, index: 0 };
}
