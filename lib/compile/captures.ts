import { type Tensor, tf } from "../tf/backend.ts";
import { nativeBackend } from "./native_backend.ts";

/** A tensor from outside of a traced function. */
export interface Capture {
  tensor: Tensor;
  /** What held its values at the trace. */
  dataId: object;
  /** Whether it is a constant of the graph, as small ones are, or an argument. */
  constant: boolean;
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
