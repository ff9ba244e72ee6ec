import { type Tensor, tf } from "../tf/backend.ts";
import { runEagerly } from "./pure.ts";
import { replaceAll } from "./replaced.ts";
import { leavesOf, tidyTree } from "./tree.ts";

/** What a function does op by op. */
export interface Kernels {
  /** A line a kernel: its name, its attributes, and which tensors go in and out. */
  lines: string[];
  /** Copies of the tensors that it did not compute, which the caller disposes. */
  captured: Tensor[];
}

/**
 * Runs a function and writes down its kernels, on any backend: the poor man's trace.
 *
 * @param fn The function.
 * @param args Its arguments, trees of tensors, which stay.
 * @returns The kernels in order, and what the function closes over or makes of
 * JavaScript values.
 */
export function kernelsOf<Args extends unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
): Kernels {
  const engine = tf.engine();
  const { runKernel } = engine;
  const lines: string[] = [];
  const captured: Tensor[] = [];
  const numbers = new Map<object, number>();
  const numberOf = (tensor: Tensor): string => {
    if (!numbers.has(tensor.dataId)) {
      numbers.set(tensor.dataId, numbers.size);
      const copy = runKernel.call(engine, "Identity", { x: tensor });
      captured.push(tf.keep(copy as Tensor));
    }
    return describe(tensor);
  };
  const describe = (tensor: Tensor) => {
    if (!numbers.has(tensor.dataId)) numbers.set(tensor.dataId, numbers.size);
    return `${numbers.get(tensor.dataId)} ${tensor.dtype} [${tensor.shape}]`;
  };
  const recording: typeof runKernel = (name, inputs, attrs) => {
    const taken = tensorsIn(inputs).map(numberOf);
    const result = runKernel.call(engine, name, inputs, attrs);
    const made = tensorsIn(result).map(describe);
    lines.push(`${name} ${encode(attrs)} ${taken} -> ${made}`);
    return result as ReturnType<typeof runKernel> as never;
  };
  for (const leaf of leavesOf(args, "arguments").values()) describe(leaf);
  const putBack = replaceAll([[engine, "runKernel", recording]]);
  try {
    const result = tidyTree(() => runEagerly(fn, args));
    tf.dispose([...leavesOf(result, "result").values()]);
    return { lines, captured };
  } catch (error) {
    tf.dispose(captured);
    throw error;
  } finally {
    putBack();
  }
}

function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof tf.Tensor) return [value];
  return value && typeof value === "object"
    ? Object.values(value).flatMap(tensorsIn)
    : [];
}

/** Attributes as text; JSON alone writes NaN and infinity as null. */
function encode(attrs: unknown): string {
  return JSON.stringify(
    attrs,
    (_, value) => typeof value === "number" ? `${value}` : value,
  );
}
