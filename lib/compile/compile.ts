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
  /** Run op by op all the same, such as to debug or compare. */
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
  { resident = false, xla = false, eager = !canTrace }: CompileOptions = {},
): unknown {
  if (fn.constructor.name === "AsyncFunction") {
    throw new TypeError(
      "Expected a synchronous function, got an async one: its ops run later, where no trace sees them",
    );
  }
  const graph = eager ? undefined : { xla };
  const core = resident ? new Resident(fn, graph) : new Pure(fn, graph);
  const call = (...inputs: unknown[]) => core.call(inputs);
  const dispose = () => core.dispose();
  const methods = core instanceof Resident && {
    push: (state: unknown) => core.push(state),
    pull: () => core.pull(),
  };
  Object.assign(call, methods, { dispose, [Symbol.dispose]: dispose });
  return Object.defineProperty(call, "traces", { get: () => core.traces });
}
