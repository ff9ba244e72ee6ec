import type * as tfjs from "@tensorflow/tfjs";

type Tensor = tfjs.Tensor;

/** What a kernel is called with. */
interface KernelCall<Inputs, Attrs> {
  inputs: Inputs;
  attrs: Attrs;
  backend: {
    binding: Record<"TF_ATTR_BOOL" | "TF_ATTR_INT", number>;
    executeSingleOutput(
      op: string,
      attributes: unknown[],
      inputs: Tensor[],
    ): Tensor;
  };
}

type MatMulCall = KernelCall<
  { a: Tensor; b: Tensor },
  { transposeA: boolean; transposeB: boolean }
>;

type GatherCall = KernelCall<
  { x: Tensor; indices: Tensor },
  { axis: number; batchDims: number }
>;

/**
 * Whether oneDNN is asked to round the factors of products to bfloat16. It then has to
 * be given them all: TensorFlow's `MatMul` calls a routine of it that never rounds.
 */
export const roundsFactors: boolean =
  Deno.env.get("ONEDNN_DEFAULT_FPMATH_MODE") === "BF16";

/**
 * Puts faster kernels in the place of two of the native backend's.
 *
 * - A product of two matrices is `MatMul`, unless {@linkcode roundsFactors}. The
 *   backend's `BatchMatMulV2` shares even a small product among threads, which costs
 *   more than the product.
 * - `tf.gather` reads no index. The backend reads them all to JavaScript to check
 *   them; TensorFlow checks them itself: an index that is not there is an error on
 *   a CPU and a row of zeros on a GPU.
 *
 * @param tf TensorFlow.js, with the native backend registered.
 */
export function useNativeKernels(tf: typeof tfjs): void {
  const batched = tf.getKernel("BatchMatMul", "tensorflow").kernelFunc;
  replace(tf, "BatchMatMul", (call: MatMulCall) => {
    const { inputs: { a, b }, attrs: { transposeA, transposeB } } = call;
    if (roundsFactors || a.shape.length !== 2 || b.shape.length !== 2) {
      return batched(call as never) as Tensor;
    }
    const type = call.backend.binding.TF_ATTR_BOOL;
    return call.backend.executeSingleOutput("MatMul", [
      { name: "transpose_a", type, value: transposeA },
      { name: "transpose_b", type, value: transposeB },
    ], [a, b]);
  });
  replace(tf, "GatherV2", (call: GatherCall) => {
    const { inputs: { x, indices }, attrs: { axis, batchDims } } = call;
    tf.backend_util.segment_util // Refuses shapes that do not fit.
      .collectGatherOpShapeInfo(x, indices, axis, batchDims);
    const type = call.backend.binding.TF_ATTR_INT;
    const attributes = [{ name: "batch_dims", type, value: batchDims }];
    return tf.tidy(() =>
      call.backend.executeSingleOutput(
        "GatherV2",
        attributes,
        [x, indices, tf.scalar(axis, "int32")],
      )
    );
  });
}

type KernelConfig = Parameters<typeof tfjs.registerKernel>[0];

/** The backend's own kernels that were replaced. */
const shipped: KernelConfig[] = [];

/**
 * Puts the backend's own kernels back, to measure TensorFlow.js as it is shipped.
 *
 * @param tf TensorFlow.js, after {@linkcode useNativeKernels}.
 */
export function useShippedKernels(tf: typeof tfjs): void {
  for (const config of shipped.splice(0)) register(tf, config);
}

function replace<Call>(
  tf: typeof tfjs,
  kernelName: string,
  kernel: (call: Call) => Tensor,
): void {
  const config = tf.getKernel(kernelName, "tensorflow");
  shipped.push(config);
  register(tf, { ...config, kernelFunc: kernel as never });
}

function register(tf: typeof tfjs, config: KernelConfig): void {
  tf.unregisterKernel(config.kernelName, config.backendName);
  tf.registerKernel(config);
}
