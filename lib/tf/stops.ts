/**
 * What to do about a stop. Jupyter's Stop ends synchronous code where it is: no
 * `catch` and no `finally` runs. TensorFlow.js is then left inside of a gradient or
 * a scope, and a promise that the code was to settle stays open for ever.
 *
 * Microtasks and timers run between pieces of synchronous code: one that finds
 * TensorFlow.js at work finds work that was cut off. After a cell of synchronous code
 * a microtask sees it; where the code was itself a microtask, as after an `await`, a
 * stop drops the others, and a timer sees it.
 *
 * On WebGPU a stop may also leave commands to the GPU half written. Reads can then
 * hang, and only a restart of the kernel helps.
 *
 * @module
 */

import type * as tfjs from "@tensorflow/tfjs";

const repairs: (() => void)[] = [];
const waiting = new Set<(stopped: Error) => void>();
let mend = () => {};

/** Registers what puts a module's own state right after a stop. */
export function afterStop(repair: () => void): void {
  repairs.push(repair);
}

/**
 * Waits for work that goes on over many turns of the event loop, such as training.
 * In a notebook a stop may end the work without settling its promise: the cell
 * would never end, and no later cell would run.
 *
 * A stop that comes while nothing runs, as when a cell waits for a download, ends
 * the kernel's event loop. No code can answer that; only a restart helps.
 *
 * @param work Starts the work.
 * @returns What the work returns.
 * @throws {Error} If it was stopped. What the work held is not disposed.
 *
 * @example
 * ```ts
 * import { unlessStopped } from "./stops.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await unlessStopped(() => Promise.resolve(1)), 1);
 * ```
 */
export async function unlessStopped<T>(work: () => Promise<T>): Promise<T> {
  mend(); // What an earlier cell left, if no timer came round since.
  const { promise, reject } = Promise.withResolvers<never>();
  waiting.add(reject);
  try {
    return await Promise.race([work(), promise]);
  } finally {
    waiting.delete(reject);
  }
}

/**
 * Watches what TensorFlow.js does.
 *
 * @param tf TensorFlow.js.
 * @returns What a timer calls: if work was cut off, it ends the work's scopes and
 * gradients, runs the repairs, and rejects what {@linkcode unlessStopped} waits for.
 */
export function watchForStops(tf: typeof tfjs): () => void {
  const engine = tf.engine();
  const { state, tidy } = engine;
  /** How many scopes were open when the outermost `tf.tidy` began. */
  let scopesBefore: number | undefined;
  engine.tidy = (<T extends tfjs.TensorContainer>(
    ...args: Parameters<typeof tidy<T>>
  ): T => {
    if (scopesBefore !== undefined) return tidy.apply(engine, args) as T;
    scopesBefore = state.scopeStack.length;
    queueMicrotask(mend); // It runs before the next cell, as a timer may not.
    try {
      return tidy.apply(engine, args) as T;
    } finally {
      scopesBefore = undefined;
    }
  }) as typeof tidy;
  return mend = () => {
    const { gradientDepth, kernelDepth, activeTape, scopeStack } = state;
    if (scopesBefore === undefined && gradientDepth + kernelDepth === 0) return;
    for (const repair of repairs) repair();
    for (const { saved } of activeTape ?? []) tf.dispose(saved);
    Object.assign(state, {
      gradientDepth: 0,
      kernelDepth: 0,
      activeTape: null,
    });
    while (scopeStack.length > (scopesBefore ?? Infinity)) engine.endScope();
    scopesBefore = undefined;
    if (waiting.size === 0) {
      console.error("Stopped. If the cell does not end, restart the kernel.");
    }
    for (const reject of waiting) reject(new Error("Stopped"));
  };
}
