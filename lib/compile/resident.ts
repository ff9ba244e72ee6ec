import { type Tensor, tf } from "../tf/backend.ts";
import { toTensors } from "./inputs.ts";
import { assertNoTape } from "./no_tape.ts";
import { Programs, type TracedProgram } from "./programs.ts";
import { runEagerly } from "./pure.ts";
import { assertNotAsync } from "./trace.ts";
import { activeTracer } from "./tracer.ts";
import {
  formOf,
  leavesOf,
  mapTree,
  matchLeaves,
  numbered,
  tidyTree,
  withLeaves,
} from "./tree.ts";

/** A step from a state to the next, with further arguments and results. */
export type Step<State, Args extends unknown[], Result> = (
  state: State,
  ...args: Args
) => { state: State } & Result;

/** What a step returns: the leaves of the state, in its order, and the rest. */
interface Split<Result> {
  state: Tensor[];
  rest: Omit<Result, "state">;
}

/** A compiled step that holds the state between calls. */
export class Resident<State, Args extends unknown[], Result> {
  #step: (state: State, ...args: Args) => Split<Result>;
  #programs?: Programs;
  /** A tree of the form of the state; undefined before there is a state. */
  #tree: unknown;
  #form = "";
  /** The state while it is in tensors; in a graph, until the first run. */
  #tensors: Tensor[] = [];
  /** The program in whose session the state is otherwise. */
  #holder?: TracedProgram;

  /** @param graph How to run as a graph; without it, op by op. */
  constructor(step: Step<State, Args, Result>, graph?: { xla: boolean }) {
    this.#step = (state, ...args) => split(state, step(state, ...args));
    this.#programs = graph &&
      new Programs(this.#step, { resident: true, ...graph });
  }

  call(inputs: readonly unknown[]): Omit<Result, "state"> {
    if (activeTracer()) {
      throw new Error(
        "Cannot trace a call of a resident step: its state is in another session; call the plain step",
      );
    }
    assertNoTape(
      "a compiled function",
      "compile the function that computes the gradient",
    );
    const programs = this.#programs;
    return tidyTree(() => {
      const args = toTensors<Args>(inputs);
      if (!programs) return this.#runEagerly(args);
      const leaves = leavesOf(args, "arguments");
      const program = programs.for(
        this.#form + formOf(leaves),
        () => [this.#state(), ...args],
      );
      this.#moveTo(program);
      const rest = (split: unknown) => (split as Split<Result>).rest;
      const result = program.run([...leaves.values()], rest);
      return result as Omit<Result, "state">;
    });
  }

  push(state: State): void {
    const leaves = leavesOf(state, "state");
    const tensors = [...leaves.values()].map((t) => tf.keep(tf.clone(t)));
    this.#release();
    this.#tree = numbered(state);
    this.#form = formOf(leaves);
    this.#tensors = tensors;
  }

  pull(): State {
    this.#holder?.compare();
    const state = this.#state();
    if (this.#holder) return state; // Fresh from the session.
    return mapTree(state, "state", (t) => tf.clone(t as Tensor)) as State;
  }

  get traces(): number {
    return this.#programs?.size ?? 0;
  }

  dispose(): void {
    this.#release();
    this.#programs?.dispose();
  }

  /** The state in tensors: its own, or fresh ones from the session. */
  #state(): State {
    if (this.#tree === undefined) {
      throw new Error("There is no state yet; push one first");
    }
    return withLeaves(
      this.#tree,
      this.#holder ? this.#holder.program.pull() : this.#tensors,
    ) as State;
  }

  #moveTo(program: TracedProgram): void {
    if (this.#holder === program) return;
    const leaves = leavesOf(this.#state(), "state");
    program.push([...leaves.values()]);
    this.#release();
    this.#holder = program;
  }

  #runEagerly(args: Args): Omit<Result, "state"> {
    const next = runEagerly(this.#step, [this.#state(), ...args]);
    const { state, rest } = next as Split<Result>;
    this.#release();
    this.#tensors = state.map((tensor) => tf.keep(tensor));
    return rest;
  }

  #release(): void {
    tf.dispose(this.#tensors);
    this.#tensors = [];
    this.#holder = undefined;
  }
}

function split<State, Result>(
  before: State,
  returned: { state: State } & Result,
): Split<Result> {
  assertNotAsync(returned);
  const { state, ...rest } = returned;
  const [expected, got] = [before, state].map((s) => leavesOf(s, "state"));
  return { state: matchLeaves(expected, got, "the state"), rest };
}
