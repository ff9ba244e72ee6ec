import { type Tensor, tf } from "../tf/backend.ts";
import { toTensors } from "./inputs.ts";
import { assertNoTape } from "./no_tape.ts";
import { Programs } from "./programs.ts";
import { assertNotAsync } from "./trace.ts";
import { activeTracer } from "./tracer.ts";
import { formOf, leavesOf, mapTree, tidyTree } from "./tree.ts";

/** A compiled function whose values all come in and go out with the call. */
export class Pure<Args extends unknown[], Result> {
  #fn: (...args: Args) => Result;
  #programs?: Programs;

  /** @param graph How to run as a graph; without it, op by op. */
  constructor(fn: (...args: Args) => Result, graph?: { xla: boolean }) {
    this.#fn = fn;
    this.#programs = graph && new Programs(fn, { resident: false, ...graph });
  }

  call(inputs: readonly unknown[]): Result {
    // Inside of another compiled function it is a part of that one's graph.
    if (activeTracer()) return this.#fn(...toTensors<Args>(inputs));
    assertNoTape(
      "a compiled function",
      "compile the function that computes the gradient",
    );
    return tidyTree(() => {
      const args = toTensors<Args>(inputs);
      if (!this.#programs) return runEagerly(this.#fn, args) as Result;
      const leaves = leavesOf(args, "arguments");
      const program = this.#programs.for(formOf(leaves), () => args);
      return program.run([...leaves.values()]) as Result;
    });
  }

  get traces(): number {
    return this.#programs?.size ?? 0;
  }

  dispose(): void {
    this.#programs?.dispose();
  }
}

/** Runs a function op by op; its result are fresh tensors. */
export function runEagerly<Args extends unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
): unknown {
  const result = fn(...args);
  assertNotAsync(result);
  leavesOf(result, "result"); // Refuses numbers.
  return mapTree(result, "result", (leaf) => tf.clone(leaf as Tensor));
}
