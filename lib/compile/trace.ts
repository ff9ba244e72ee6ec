import { type TensorType } from "./graph.ts";
import { type Traced, Tracer } from "./tracer.ts";
import { leavesOf, mapTree, numbered } from "./tree.ts";

/** A function of trees as a graph. */
export interface Trace extends Traced {
  /** The function's arguments, in the place of each tensor its number. */
  args: unknown;
  /** What the function returned, likewise. */
  result: unknown;
}

/** A function of trees of tensors. */
export type TreeFunction = (...args: never[]) => unknown;

/**
 * Traces a function. Its JavaScript runs once, on stand-ins of its arguments, and the
 * ops that it calls are written down; none computes anything.
 *
 * @param fn The function.
 * @param args Its arguments, trees of tensors, which stay as they are.
 * @throws {Error} If the function does what a graph cannot repeat.
 */
export function trace(fn: TreeFunction, args: readonly unknown[]): Trace {
  const leaves = [...leavesOf(args, "arguments").values()];
  return traceWith(new Tracer(), fn, {
    args: numbered(args),
    typeOf: (tracer, i) => tracer.typeOf(leaves[i]),
  });
}

/**
 * Runs a function as {@linkcode trace} does, and compares what it does with a trace.
 *
 * @throws {Error} If the function does something else now.
 */
export function assertSameTrace(fn: TreeFunction, expected: Trace): void {
  traceWith(new Tracer(expected), fn, {
    args: expected.args,
    typeOf: (_, i) => expected.graph.args[i].outputs[0],
  });
}

function traceWith(
  tracer: Tracer,
  fn: TreeFunction,
  { args, typeOf }: {
    args: unknown;
    typeOf: (tracer: Tracer, i: number) => TensorType;
  },
): Trace {
  const { scope, captures } = tracer;
  let result: unknown;
  tracer.run(() => {
    const standIns = mapTree(
      args,
      "arguments",
      (i) => tracer.standIn(scope.addArg(typeOf(tracer, i as number))),
    );
    const returned = fn(...standIns as never[]);
    assertNotAsync(returned);
    const leaves = [...leavesOf(returned, "result").values()];
    if (leaves.length === 0) {
      throw new TypeError("Expected the function to return a tensor, got none");
    }
    scope.finish(leaves.map((tensor) => scope.edgeOf(tensor)));
    result = numbered(returned);
  });
  return { graph: scope.graph, args, result, captures };
}

/**
 * Refuses what an async function returns.
 *
 * @throws {TypeError} If it is a promise.
 */
export function assertNotAsync(returned: unknown): void {
  if (returned instanceof Promise) {
    throw new TypeError(
      "Cannot compile an async function: its ops run later, where no trace sees them; make it synchronous",
    );
  }
}
