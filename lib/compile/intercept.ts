import { type Tensor, tf } from "../tf/backend.ts";
import { nativeBackend, type OpAttr, type Values } from "./native_backend.ts";
import { type Replacement } from "./replaced.ts";

/** What is told of all that a function does, and answers for the backend. */
export interface Listener {
  /** An op is to run. */
  execute(
    op: string,
    attrs: readonly OpAttr[],
    inputs: readonly Tensor[],
  ): Tensor[];
  /** A tensor's values are to be read. */
  read(dataId: object): Values;
  /** A tensor was made of JavaScript values. */
  made(dataId: object, values: Values): void;
  /** A tensor was kept beyond `tf.tidy`, as gradients do until they are done. */
  kept(tensor: Tensor): void;
}

/** What to replace so that a listener hears of everything. */
export function interceptions(listener: Listener): Replacement[] {
  const backend = nativeBackend();
  const { write } = backend;
  const engine = tf.engine();
  const { keep } = engine;
  const methods: Partial<typeof backend> = {
    executeMultipleOutputs: (op, attrs, inputs) =>
      listener.execute(op, attrs, inputs),
    executeSingleOutput: (op, attrs, inputs) =>
      listener.execute(op, attrs, inputs)[0],
    write: (values, shape, dtype) => {
      const dataId = write.call(backend, values, shape, dtype);
      listener.made(dataId, values);
      return dataId;
    },
    readSync: (dataId) => listener.read(dataId),
    read: (dataId) => Promise.resolve(listener.read(dataId)),
  };
  const keepAndTell = (tensor: Tensor) => {
    listener.kept(tensor);
    return keep.call(engine, tensor);
  };
  return [
    ...Object.entries(methods)
      .map(([name, method]) => [backend, name, method] as const),
    [engine, "keep", keepAndTell],
  ];
}
