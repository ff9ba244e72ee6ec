import { backend, type Tensor, tf } from "../tf/backend.ts";

/** What tracing needs of the native backend of TensorFlow.js. */
export interface NativeBackend {
  binding: Record<string, number>;
  isUsingGpuDevice: boolean;
  /** What stands behind a tensor; `values` until TensorFlow has them. */
  tensorMap: {
    has(dataId: object): boolean;
    get(dataId: object): { dtype: number; values: Values | null };
  };
  executeSingleOutput(
    op: string,
    attrs: readonly OpAttr[],
    inputs: readonly Tensor[],
  ): Tensor;
  executeMultipleOutputs(
    op: string,
    attrs: readonly OpAttr[],
    inputs: readonly Tensor[],
    count: number,
  ): Tensor[];
  createOutputTensor(
    metadata: { id: number; dtype: number; shape: readonly number[] },
  ): Tensor;
  write(values: Values, shape: number[], dtype: string): object;
  read(dataId: object): Promise<Values>;
  readSync(dataId: object): Values;
  loadSavedModelMetaGraph(path: string, tags: string): number;
  runSavedModel(
    id: number,
    inputs: readonly Tensor[],
    infos: readonly { name: string }[],
    outputs: readonly string[],
  ): Tensor[];
  deleteSavedModel(id: number): void;
}

/** The values of a tensor as JavaScript holds them. */
export type Values = Float32Array | Int32Array | Uint8Array;

/** An attribute as kernels pass it on. */
export interface OpAttr {
  name: string;
  type: number;
  value: unknown;
}

/** Whether functions can be traced: on native TensorFlow only. */
export const canTrace: boolean = backend.name === "tensorflow";

/** The backend, where {@linkcode canTrace} holds. */
export function nativeBackend(): NativeBackend {
  return tf.backend() as unknown as NativeBackend;
}
