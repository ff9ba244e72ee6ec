import { type Tensor, tf } from "../tf/backend.ts";
import { type NativeBackend } from "./native_backend.ts";
import { type Replacement } from "./replaced.ts";
import { userLine } from "./user_line.ts";

/** What throws while a function is traced, as a graph could not repeat it. */
export function guards(): Replacement[] {
  const refuse = (what: string, instead: string) => () => {
    throw new Error(`Cannot trace ${what}${userLine()}; ${instead}`);
  };
  const random = refuse(
    "Math.random, which tf.randomNormal, tf.randomUniform, tf.dropout and others call",
    "draw from keys with stateless ops, or pass the numbers as an argument",
  );
  const variable = refuse(
    "the making of a tf.Variable",
    "make it outside, or make it a part of the state",
  );
  const assign = refuse(
    "an assignment to a tf.Variable",
    "return the new value and make it a part of the state",
  );
  const savedModel = refuse(
    "the run of a loaded SavedModel",
    "run it outside and pass its result as an argument",
  );
  const picture = refuse(
    "the encoding of a picture, which reads values",
    "return the tensor and encode it outside",
  );
  const backend = tf.backend();
  return [
    [backend, "runSavedModel", savedModel],
    [backend, "executeEncodeImageOp", picture],
    [Math, "random", random],
    [tf.engine(), "makeVariable", variable],
    [tf.Variable.prototype, "assign", assign],
    [tf.getKernel("GatherV2", "tensorflow"), "kernelFunc", gather],
  ];
}

/** The kernel of `tf.gather` without its check, for which it reads the indices. */
function gather(
  { inputs: { x, indices }, attrs: { axis, batchDims }, backend }: {
    inputs: { x: Tensor; indices: Tensor };
    attrs: { axis: number; batchDims: number };
    backend: NativeBackend;
  },
): Tensor {
  const type = backend.binding.TF_ATTR_INT;
  const attrs = [{ name: "batch_dims", type, value: batchDims }];
  return tf.tidy(() => {
    const inputs = [x, indices, tf.scalar(axis, "int32")];
    return backend.executeSingleOutput("GatherV2", attrs, inputs);
  });
}
