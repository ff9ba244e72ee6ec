import { batchMatMulConfig } from "@tensorflow/tfjs-node-gpu/dist/kernels/BatchMatMul.js";
import { gatherV2Config } from "@tensorflow/tfjs-node-gpu/dist/kernels/GatherV2.js";
import { tf } from "../../tf/backend.ts";

/** Puts the kernels of TensorFlow.js back in the place of the kit's faster ones. */
export function useShippedKernels(): void {
  for (const shipped of [batchMatMulConfig, gatherV2Config]) {
    tf.unregisterKernel(shipped.kernelName, shipped.backendName);
    tf.registerKernel(shipped as never);
  }
}
