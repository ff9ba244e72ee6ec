import { type Tensor } from "../tf/backend.ts";
import { type Edge, type Graph, type Node, typeOf } from "./graph.ts";
import { GraphBuilder } from "./graph_builder.ts";
import { mayAlias } from "./aliases.ts";
import { type CaptureKind } from "./captures.ts";
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

/** The captures of a kind, by the number of their argument. */
export function capturedArgs(
  { graph, captures }: Trace,
  kind: CaptureKind,
): Map<number, Tensor> {
  const args = captures.filter(({ kind }) => kind !== "constant");
  const first = graph.args.length - args.length;
  const ofKind = args.map((capture, i) => ({ ...capture, number: first + i }))
    .filter((capture) => capture.kind === kind);
  return new Map(ofKind.map(({ number, tensor }) => [number, tensor]));
}

/**
 * Surrounds the graph of a trace with what feeds it and what takes its results.
 *
 * @returns An encoded `GraphDef`.
 */
export function mainGraph(
  trace: Trace,
  { resident, xla }: ProgramOptions,
): Message {
  const graph = simplify(trace.graph, { xla });
  const { args } = graph;
  const builder = new GraphBuilder();
  const variables = new Map<number, Edge>();
  const sources = new Map<Node, Edge>();
  const copied = new Set(capturedArgs(trace, "copied").keys());
  args.forEach((arg, i) => {
    if (i < resident || copied.has(i)) {
      variables.set(i, builder.variable(`variable_${i}`, typeOf(edgeOf(arg))));
    }
    sources.set(arg, addSource(builder, i, arg, variables.get(i)));
  });
  const fed = new Set(args.filter((_, i) => !variables.has(i)));
  const source = (edge: Edge) => sources.get(edge.node) ?? edge;

  const results = xla
    ? addCall(builder, graph, args.map((arg) => source(edgeOf(arg))))
    : graph.outputs.map(source);
  if (!xla) builder.nodes.push(...graph.nodes);
  const values = results.slice(0, resident).map((edge, i) =>
    mayAlias(graph.outputs[i], fed) ? builder.copy(`kept_${i}`, edge) : edge
  );
  addUpdates(builder, variables, values, results);
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
): Edge {
  const [type] = arg.outputs;
  if (!variable) return builder.placeholder(nodeNames.feed(i), type);
  const fed = builder.placeholder(nodeNames.push(i), type);
  const pushed = builder.copy(`push_${i}_copy`, fed);
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
