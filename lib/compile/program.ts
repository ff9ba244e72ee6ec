import { type Tensor, tf } from "../tf/backend.ts";
import { mainGraph, nodeNames, type ProgramOptions } from "./main_graph.ts";
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
  /** The tensors that it closes over, by the number of their argument. */
  #captured: Map<number, Tensor>;

  constructor(trace: Trace, options: ProgramOptions) {
    const { args, outputs } = trace.graph;
    const { resident } = options;
    const captured = trace.captures.filter(({ constant }) => !constant);
    const firstCapture = args.length - captured.length;
    const numbers = args.map((_, i) => i);
    this.#residents = numbers.slice(0, resident);
    this.#feeds = numbers.slice(resident, firstCapture).map(nodeNames.feed);
    this.#fetches = outputs.slice(resident).map((_, i) => nodeNames.result(i));
    if (resident > 0) this.#fetches.push(nodeNames.updated);
    this.#captured = new Map(
      captured.map(({ tensor }, i) => [firstCapture + i, tensor]),
    );
    this.#session = new Session(mainGraph(trace, options));
    if (resident === 0) this.push([]); // Nothing else will set what is captured.
  }

  /**
   * Runs the trace.
   *
   * @param args The arguments that are not resident.
   * @returns The results that replace no resident argument, fresh tensors.
   */
  run(args: readonly Tensor[]): Tensor[] {
    const results = this.#session.run(this.#feeds, args, this.#fetches);
    if (this.#residents.length > 0) results.pop()!.dispose();
    return results;
  }

  /**
   * Sets the resident arguments, and with them what is captured, in one run: the
   * first run of each kind is dear. The tensors are copied.
   */
  push(residents: readonly Tensor[]): void {
    const numbers = [...this.#residents, ...this.#captured.keys()];
    if (numbers.length === 0) return;
    const tensors = [...residents, ...this.#captured.values()];
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
