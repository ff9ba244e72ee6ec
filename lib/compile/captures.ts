import { type Tensor, tf } from "../tf/backend.ts";
import { nativeBackend } from "./native_backend.ts";

/** A tensor from outside of a traced function. */
export interface Capture {
  tensor: Tensor;
  /** What held its values at the trace. */
  dataId: object;
  kind: CaptureKind;
}

/**
 * How a graph comes by a captured tensor: it is a constant of the graph; or an
 * argument, of which the session holds a copy; or one that each run is given as it
 * is, so that all sessions share it.
 */
export type CaptureKind = "constant" | "copied" | "shared";

/** Up to this size it is a constant, which TensorFlow can fold. */
const constantUpTo = 256;

/** From this size on it is shared: 1 MiB. To be given costs a run some µs. */
const sharedFrom = 2 ** 18;

/**
 * Says how a graph comes by a captured tensor. On a GPU none is shared, since what a
 * session is given goes through the host's memory.
 */
export function captureKind({ size }: Tensor): CaptureKind {
  if (size <= constantUpTo) return "constant";
  const { isUsingGpuDevice } = nativeBackend();
  return size >= sharedFrom && !isUsingGpuDevice ? "shared" : "copied";
}

/**
 * Checks that the captured tensors still are what they were.
 *
 * @throws {Error} If one was disposed, or is a variable that was assigned.
 */
export function assertUnchanged(captures: readonly Capture[]): void {
  const { tensorMap } = nativeBackend();
  for (const { tensor, dataId } of captures) {
    const assigned = tensor instanceof tf.Variable && tensor.dataId !== dataId;
    if (assigned || !tensorMap.has(dataId)) {
      throw new Error(
        `A tensor that the compiled function closes over, ${tensor.dtype} [${tensor.shape}], was ${
          assigned ? "assigned" : "disposed or assigned"
        } since it was traced; pass it as an argument`,
      );
    }
  }
}
