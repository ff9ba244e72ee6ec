import { type Tensor, tf } from "../tf/backend.ts";
import { dataType, type Edge, type Graph, typeOf } from "./graph.ts";
import { assertNoTape } from "./no_tape.ts";
import { changed } from "./same_node.ts";
import { Scope } from "./scope.ts";
import { activeTracer, type Tracer } from "./tracer.ts";
import { leavesOf, matchLeaves, withLeaves } from "./tree.ts";

/**
 * Applies a body n times: `state = body(state, i)` for i = 0 ... n - 1. In a
 * compiled function that is one loop inside of the graph, whose body is traced once
 * whatever n is, so that a whole sampler, or many training steps, are one call.
 *
 * Not a loop of a paper; `jax.lax.fori_loop` is its like.
 *
 * @param n How many times, an integer; part of the graph.
 * @param state What is carried: tensors in arrays and records. It stays as it is.
 * @param body Returns the next state, of the same form, element types and shapes.
 * It runs inside `tf.tidy`, and gets the number of the round as int32 `[]`.
 * @returns The last state, fresh tensors, which the caller disposes.
 * @throws {RangeError} If n is not an integer of at least 0.
 * @throws {TypeError} If the body changes the form of the state.
 * @throws {Error} If a gradient is to flow through the loop: none does. The body
 * may compute gradients.
 *
 * @example
 * ```ts
 * import { loop, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const [one, two] = [tf.scalar(1), tf.scalar(2)];
 * const { x } = loop(10, { x: one }, ({ x }) => ({ x: tf.mul(x, two) }));
 * assertEquals(await x.data(), Float32Array.of(1024));
 * tf.dispose([one, two, x]);
 * ```
 */
export function loop<State>(
  n: number,
  state: State,
  body: (state: State, i: Tensor) => State,
): State {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new RangeError(`Expected n to be an integer of at least 0, got ${n}`);
  }
  assertNoTape(
    "a loop",
    "differentiate inside of its body, or write it as a for loop",
  );
  const tracer = activeTracer();
  const leaves = tracer
    ? traceLoop(tracer, n, state, body)
    : tf.tidy(() => runLoop(n, state, body));
  return withLeaves(state, leaves);
}

function runLoop<State>(
  n: number,
  state: State,
  body: (state: State, i: Tensor) => State,
): Tensor[] {
  let leaves = [...leavesOf(state, "state").values()].map((t) => tf.clone(t));
  for (let i = 0; i < n; i++) {
    const next = tf.tidy(() =>
      nextLeaves(withLeaves(state, leaves), tf.scalar(i, "int32"), body)
        .map((tensor) => tf.clone(tensor))
    );
    tf.dispose(leaves);
    leaves = next;
  }
  return leaves;
}

function nextLeaves<State>(
  state: State,
  i: Tensor,
  body: (state: State, i: Tensor) => State,
): Tensor[] {
  return matchLeaves(
    leavesOf(state, "state"),
    leavesOf(body(state, i), "state"),
    "the state of a loop",
  );
}

/** Adds a `While` node to the graph. */
function traceLoop<State>(
  tracer: Tracer,
  n: number,
  state: State,
  body: (state: State, i: Tensor) => State,
): Tensor[] {
  const outer = tracer.scope;
  const expected = expectedLoop(outer);
  const initial = [...leavesOf(state, "state").values()];
  const start = outer.addConstant(Int32Array.of(0), counter);
  const inputs = [start, ...initial.map((tensor) => outer.edgeOf(tensor))];

  const carried: Edge[] = [];
  const outside = (tensor: Tensor): Edge => {
    const constant = tracer.constant(bodyScope, tensor);
    if (constant) return constant;
    const edge = outer.edgeOf(tensor);
    const { op, attrs, outputs } = edge.node;
    if (op === "Const") {
      return { node: bodyScope.addNode(op, attrs, [], outputs), index: 0 };
    }
    carried.push(edge);
    return bodyScope.addArg(typeOf(edge));
  };
  const bodyScope: Scope = new Scope({ outside, expected: expected?.body });
  let last: Tensor[] = [];
  tracer.within(bodyScope, () => {
    const [i, ...standIns] = inputs.map((edge) =>
      tracer.standIn(bodyScope.addArg(typeOf(edge)))
    );
    last = nextLeaves(withLeaves(state, standIns), i, body);
    const returned = [tf.add(i, tf.scalar(1, "int32")), ...last]
      .map((tensor) => bodyScope.edgeOf(tensor));
    const unchanged = bodyScope.graph.args.slice(inputs.length)
      .map((node) => ({ node, index: 0 }));
    bodyScope.finish([...returned, ...unchanged]);
  });

  const all = [...inputs, ...carried];
  const cond = condition(n, all, expected?.cond);
  const node = outer.addNode(
    "While",
    { body: { func: bodyScope.graph }, cond: { func: cond } },
    all,
    all.map(typeOf),
  );
  return last.map((_, i) => tracer.standIn({ node, index: i + 1 }));
}

const counter = { dtype: dataType.int32, shape: [] };

/** `i < n` as a function of all that the loop carries. */
function condition(n: number, carried: Edge[], expected?: Graph): Graph {
  const scope = new Scope({ expected });
  const [i] = carried.map((edge) => scope.addArg(typeOf(edge)));
  const limit = scope.addConstant(Int32Array.of(n), counter);
  const node = scope.addNode("Less", {}, [i, limit]);
  return scope.finish([{ node, index: 0 }]);
}

/** The functions of the loop that an earlier trace has at this place. */
function expectedLoop({ expected, graph }: Scope) {
  if (!expected) return undefined;
  const loops = ({ nodes }: Graph) => nodes.filter(({ op }) => op === "While");
  const node = loops(expected)[loops(graph).length];
  if (!node) throw changed("it has one more loop");
  const { body, cond } = node.attrs as Record<string, { func: Graph }>;
  return { body: body.func, cond: cond.func };
}
