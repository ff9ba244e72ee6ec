import { type Input } from "./inputs.ts";
import { canTrace } from "./native_backend.ts";
import { Pure } from "./pure.ts";
import { Resident, type Step } from "./resident.ts";

/** How a function is compiled. */
export interface CompileOptions {
  /** Keep the first argument, the state, in the session between calls. */
  resident?: boolean;
  /**
   * Compile the graph with XLA: the first call takes seconds, later calls of many
   * small ops are faster. XLA draws other random numbers from the same keys.
   */
  xla?: boolean;
  /**
   * Run op by op, such as to debug or compare. Where the backend is not native
   * TensorFlow nothing else is possible, and `false` changes nothing.
   */
  eager?: boolean;
}

/** A compiled function. */
export interface Compiled<Args extends unknown[], Result> {
  /** Runs it. Where the function takes a tensor, a number may be passed. */
  (...args: { [K in keyof Args]: Input<Args[K]> }): Result;
  /** How many graphs there are: one for each form of the arguments so far. */
  readonly traces: number;
  /** Frees the graphs, and what is resident. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** A compiled step that holds the state between calls. */
export interface CompiledStep<State, Args extends unknown[], Result>
  extends Compiled<Args, Omit<Result, "state">> {
  /** Replaces the state by a copy of this one. */
  push(state: State): void;
  /** Returns a copy of the state, fresh tensors, which the caller disposes. */
  pull(): State;
}

/**
 * Compiles a function of tensors. It is traced once for each form of its arguments:
 * its JavaScript runs on tensors without values, and TensorFlow says what shapes its
 * ops return. The trace becomes a TensorFlow graph, and each call is one native call.
 * The same function runs three ways, with the same results up to rounding: as a graph,
 * by XLA (`xla`), and op by op (`eager`, and where the backend is not native
 * TensorFlow).
 *
 * The function takes and returns tensors in arrays and records. Gradients
 * (`tf.grads`) inside of it, {@linkcode loop}s and other compiled functions become
 * part of the graph; no gradient flows through a compiled function from outside.
 *
 * **With `resident`** the function is a step, `(state, ...args) => ({ state, ...rest
 * })`. The state stays in the session between calls: `push` it, call the step with
 * the other arguments to get the rest, `pull` it. A step that throws leaves the
 * state as it was.
 *
 * **Numbers.** A number passed for a tensor becomes a float32 scalar, an input. A
 * number that the function closes over, like all that it makes of JavaScript
 * values, is a constant of the graph. A constant that changes is an error, so pass
 * what changes as an argument. To find such an error the function's JavaScript runs
 * again, without computing anything, and is compared with the trace: at the second
 * call, then a few times a second (2% of the time), and when a state is pulled.
 *
 * **Captured tensors.** A tensor that the function closes over is kept by value. It
 * may be neither disposed nor assigned. On a CPU all functions share a tensor of 2^18
 * elements or more, such as a part of a frozen model. Smaller tensors, and all of
 * them on a GPU, are copied for each graph.
 *
 * **What cannot be traced** is refused, with what to do instead: reading a tensor's
 * value, `Math.random`, making or assigning a `tf.Variable`, `tf.keep`, async
 * functions, ops whose shape depends on values.
 *
 * The technique is that of `tf.function` (Agrawal et al. 2019, arXiv 1903.01855).
 *
 * @param fn The function. It must not change anything outside of itself.
 * @param options How it is compiled.
 * @returns The compiled function; its results are fresh tensors, which the caller
 * disposes, as it does the compiled function.
 * @throws {TypeError} If `fn` is async; at a call, if its arguments or results are
 * not trees of tensors.
 *
 * @example A function
 * ```ts
 * import { compile, tf, type Tensor } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const f = compile((x: Tensor, beta: Tensor) => tf.mul(tf.square(x), beta));
 * const x = tf.tensor1d([1, 2]);
 * const y = f(x, 0.5);
 * assertEquals(await y.data(), Float32Array.of(0.5, 2));
 * tf.dispose([x, y]);
 * f.dispose();
 * ```
 *
 * @example A training step whose state is resident
 * ```ts
 * import { compile, tf, type Tensor } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const step = compile(({ w }: { w: Tensor }, rate: Tensor) => {
 *   const loss = (w: Tensor) => tf.sum(tf.square(w));
 *   const { value, grad } = tf.valueAndGrad(loss as never)(w as never);
 *   return { state: { w: tf.sub(w, tf.mul(grad, rate)) }, logs: { loss: value } };
 * }, { resident: true });
 * const start = { w: tf.tensor1d([3, 4]) };
 * step.push(start);
 * const { logs } = step(0.25);
 * const { w } = step.pull();
 * assertEquals(await logs.loss.data(), Float32Array.of(25));
 * assertEquals(await w.data(), Float32Array.of(1.5, 2));
 * tf.dispose([start, logs, w]);
 * step.dispose();
 * ```
 */
export function compile<State, Args extends unknown[], Result>(
  step: Step<State, Args, Result>,
  options: CompileOptions & { resident: true },
): CompiledStep<State, Args, Result>;
export function compile<Args extends unknown[], Result>(
  fn: (...args: Args) => Result,
  options?: CompileOptions & { resident?: false },
): Compiled<Args, Result>;
export function compile(
  // deno-lint-ignore no-explicit-any
  fn: (...args: any[]) => any,
  { resident = false, xla = false, eager = false }: CompileOptions = {},
): unknown {
  if (fn.constructor.name === "AsyncFunction") {
    throw new TypeError(
      "Expected a synchronous function, got an async one: its ops run later, where no trace sees them",
    );
  }
  const graph = canTrace && !eager ? { xla } : undefined;
  const core = resident ? new Resident(fn, graph) : new Pure(fn, graph);
  let disposed = false;
  const unlessDisposed = <In extends unknown[], Out>(
    method: (...args: In) => Out,
  ) =>
  (...args: In): Out => {
    if (disposed) throw new Error("The compiled function was disposed");
    return method(...args);
  };
  const dispose = () => {
    if (!disposed) core.dispose();
    disposed = true;
  };
  const methods = core instanceof Resident && {
    push: unlessDisposed((state: unknown) => core.push(state)),
    pull: unlessDisposed(() => core.pull()),
  };
  const call = unlessDisposed((...inputs: unknown[]) => core.call(inputs));
  Object.assign(call, methods, { dispose, [Symbol.dispose]: dispose });
  return Object.defineProperty(call, "traces", { get: () => core.traces });
}
