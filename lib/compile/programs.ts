import { type Tensor } from "../tf/backend.ts";
import { assertUnchanged } from "./captures.ts";
import { Program } from "./program.ts";
import {
  assertSameTrace,
  type Trace,
  trace,
  type TreeFunction,
} from "./trace.ts";
import { leavesOf, withLeaves } from "./tree.ts";

/** How a function is run as a graph. */
export interface GraphOptions {
  /** Whether its first argument, and its first results, live in the session. */
  resident: boolean;
  /** Whether XLA compiles it. */
  xla: boolean;
}

/**
 * What comparisons of a function with its trace may take, as a part of the time of its
 * runs: one takes as long as tens of them.
 */
const comparedShare = 0.02;

/** A function, traced for one form of its arguments. */
export class TracedProgram {
  readonly program: Program;
  #fn: TreeFunction;
  #trace: Trace;
  /** Milliseconds of runs since it was last compared, and when it is to be again. */
  #ran = 0;
  #comparedAfter = 0;

  constructor(
    fn: TreeFunction,
    args: readonly unknown[],
    { resident, xla }: GraphOptions,
  ) {
    this.#fn = fn;
    this.#trace = trace(fn, args);
    const residents = resident ? leavesOf(args[0], "state").size : 0;
    this.program = new Program(this.#trace, { resident: residents, xla });
  }

  /** Sets the resident arguments; the tensors are copied. */
  push(residents: readonly Tensor[]): void {
    assertUnchanged(this.#trace.captures);
    this.program.push(residents);
  }

  /**
   * Runs the program.
   *
   * @param args The tensors that are not resident.
   * @returns What the function returned, with fresh tensors in the place of those
   * that `take` picks.
   */
  run(
    args: readonly Tensor[],
    take: (result: unknown) => unknown = (result) => result,
  ): unknown {
    assertUnchanged(this.#trace.captures);
    if (this.#ran > this.#comparedAfter) this.compare();
    const start = performance.now();
    const results = this.program.run(args);
    this.#ran += performance.now() - start;
    return withLeaves(take(this.#trace.result), results);
  }

  /**
   * Compares the function with its trace, if it ran since it last was.
   *
   * @throws {Error} If it does something else now.
   */
  compare(): void {
    if (this.#ran === 0) return;
    assertUnchanged(this.#trace.captures);
    const start = performance.now();
    assertSameTrace(this.#fn, this.#trace);
    this.#ran = 0;
    this.#comparedAfter = (performance.now() - start) / comparedShare;
  }
}

/** A function's programs, one for each form of its arguments. */
export class Programs {
  #byForm = new Map<string, TracedProgram>();
  #fn: TreeFunction;
  #options: GraphOptions;

  constructor(fn: TreeFunction, options: GraphOptions) {
    this.#fn = fn;
    this.#options = options;
  }

  /**
   * The program for arguments of one form.
   *
   * @param form The form.
   * @param args Makes such arguments to trace with, if the form is new.
   */
  for(form: string, args: () => readonly unknown[]): TracedProgram {
    let program = this.#byForm.get(form);
    if (!program) {
      program = new TracedProgram(this.#fn, args(), this.#options);
      this.#byForm.set(form, program);
    }
    return program;
  }

  /** How many programs there are. */
  get size(): number {
    return this.#byForm.size;
  }

  /** Frees all. */
  dispose(): void {
    for (const { program } of this.#byForm.values()) program.dispose();
    this.#byForm.clear();
  }
}
