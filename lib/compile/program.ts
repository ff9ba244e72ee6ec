import { type Tensor, tf } from "../tf/backend.ts";
import {
  capturedArgs,
  mainGraph,
  nodeNames,
  type ProgramOptions,
} from "./main_graph.ts";
import { Session } from "./session.ts";
import { type Trace } from "./trace.ts";

/**
 * A trace that can run, in a session of its own. Its first arguments may be
 * resident: variables in the session, which each run replaces by the results of the
 * same numbers, all of them or, if an op fails, none.
 */
export class Program {
  #session: Session;
  #feeds: string[];
  #fetches: string[];
  #residents: number[];
  /** The tensors that it closes over and holds copies of, by their argument. */
  #copied: Map<number, Tensor>;
  /** Those that each run is given. */
  #shared: Tensor[];

  constructor(trace: Trace, options: ProgramOptions) {
    const { args, outputs } = trace.graph;
    const { resident } = options;
    const [copied, shared] = (["copied", "shared"] as const)
      .map((kind) => capturedArgs(trace, kind));
    const numbers = args.map((_, i) => i);
    this.#residents = numbers.slice(0, resident);
    this.#feeds = numbers.slice(resident).filter((i) => !copied.has(i))
      .map(nodeNames.feed);
    this.#fetches = outputs.slice(resident).map((_, i) => nodeNames.result(i));
    if (resident > 0) this.#fetches.push(nodeNames.updated);
    this.#copied = copied;
    this.#shared = [...shared.values()];
    this.#session = new Session(mainGraph(trace, options));
    if (resident === 0) this.push([]); // Nothing else will set what is copied.
  }

  /**
   * Runs the trace.
   *
   * @param args The arguments that are not resident.
   * @returns The results that replace no resident argument, fresh tensors.
   */
  run(args: readonly Tensor[]): Tensor[] {
    const inputs = [...args, ...this.#shared];
    const results = this.#session.run(this.#feeds, inputs, this.#fetches);
    if (this.#residents.length > 0) results.pop()!.dispose();
    return results;
  }

  /**
   * Sets the resident arguments, and with them what is captured and copied, in one
   * run: the first run of each kind is slow. The tensors are copied.
   */
  push(residents: readonly Tensor[]): void {
    const numbers = [...this.#residents, ...this.#copied.keys()];
    if (numbers.length === 0) return;
    const tensors = [...residents, ...this.#copied.values()];
    const fetches = numbers.map(nodeNames.pushed);
    const feeds = numbers.map(nodeNames.push);
    tf.dispose(this.#session.run(feeds, tensors, fetches));
  }

  /** Returns the resident arguments, fresh tensors. */
  pull(): Tensor[] {
    const names = this.#residents.map(nodeNames.value);
    return this.#session.run([], [], names);
  }

  /** Frees the session and what is resident in it. */
  dispose(): void {
    this.#session.dispose();
  }
}
