/**
 * Writes `op_signatures.ts` from the op registry of a libtensorflow:
 *
 *     deno run --allow-read --allow-write --allow-ffi \
 *       lib/compile/write_op_signatures.ts path/to/libtensorflow_cc.so.2
 *
 * Run it again when the pinned TensorFlow changes. Listed are the ops that the
 * kernels of `@tensorflow/tfjs-node-gpu` name, and those below.
 *
 * @module
 */

import { readFields } from "./protobuf.ts";

/** Ops that no kernel names: random numbers, and what a graph is made of. */
const alsoListed = [
  ...["StatelessRandomNormal", "StatelessRandomUniform"],
  ...["StatelessRandomUniformFullInt", "StatelessRandomUniformInt"],
  ...["StatelessTruncatedNormal", "StatelessMultinomial"],
  ...["AddV2", "BiasAdd", "BroadcastTo", "ClipByValue", "EuclideanNorm"],
  ...["L2Loss", "LogSoftmax"],
  ...["MatMul", "SelectV2", "Xdivy", "Xlogy", "RsqrtGrad", "TanhGrad"],
  ...["SigmoidGrad", "ReluGrad", "StopGradient", "InvertPermutation"],
  ...["Const", "DeepCopy", "Identity", "NoOp", "Placeholder"],
  ...["VarHandleOp", "ReadVariableOp", "AssignVariableOp"],
  ...["PartitionedCall", "While"],
];

/** The shape of what these return depends on values, which a graph fixes too early. */
const leftOut = /^(Where|UniqueV2|NonMaxSuppression.*|SparseToDense)$/;

/** Ops outside of tensors: files, pictures, strings, TensorBoard. */
const notTensors = /Summary|^Decode|^StaticRegex/;

interface Arg {
  name: string;
  type: string;
}
interface Op {
  name: string;
  inputs: Arg[];
  outputs: Arg[];
}

const typeNames: Record<number, string> = {
  ...{ 1: "DT_FLOAT", 3: "DT_INT32", 7: "DT_STRING", 8: "DT_COMPLEX64" },
  ...{ 9: "DT_INT64", 10: "DT_BOOL", 20: "DT_RESOURCE" },
};

if (import.meta.main) {
  const { version, ops } = readRegistry(Deno.args[0]);
  const listed = new Set([...await opsOfKernels(), ...alsoListed]);
  const lines = ops
    .filter(({ name }) =>
      listed.has(name) && !leftOut.test(name) && !notTensors.test(name)
    )
    .map(signature)
    .sort();
  const file = new URL("op_signatures.ts", import.meta.url);
  await Deno.writeTextFile(file, moduleText(version, lines));
  Deno.exit(); // Unloading libtensorflow, as a plain end does, crashes.
}

/** Asks the library for all its ops, an encoded `OpList`. */
function readRegistry(library: string): { version: string; ops: Op[] } {
  const { symbols } = Deno.dlopen(library, {
    TF_Version: { parameters: [], result: "pointer" },
    TF_GetAllOpList: { parameters: [], result: "pointer" },
  });
  const view = (pointer: Deno.PointerValue) =>
    new Deno.UnsafePointerView(pointer!);
  const buffer = view(symbols.TF_GetAllOpList()); // { data, length, ... }
  const length = Number(buffer.getBigUint64(8));
  const bytes = new Uint8Array(
    view(buffer.getPointer()).getArrayBuffer(length),
  );
  return {
    version: view(symbols.TF_Version()).getCString(),
    ops: readFields(bytes).get(1)!.map((op) => readOp(op as Uint8Array)),
  };
}

function readOp(bytes: Uint8Array): Op {
  const fields = readFields(bytes);
  const args = (field: number) =>
    (fields.get(field) ?? []).map((arg) => readArg(arg as Uint8Array));
  return { name: text(fields.get(1)), inputs: args(2), outputs: args(3) };
}

function readArg(bytes: Uint8Array): Arg {
  const fields = readFields(bytes);
  const [type, typeAttr, numberAttr, listAttr] = [3, 4, 5, 6]
    .map((field) => fields.get(field));
  if (listAttr) {
    return { name: text(fields.get(1)), type: `[${text(listAttr)}]` };
  }
  const one = typeAttr
    ? text(typeAttr)
    : typeNames[Number(type![0])] ?? `DT_${type![0]}`;
  return {
    name: text(fields.get(1)),
    type: numberAttr ? `${text(numberAttr)} * ${one}` : one,
  };
}

function text(values: unknown[] | undefined): string {
  return new TextDecoder().decode(values![0] as Uint8Array);
}

function signature({ name, inputs, outputs }: Op): string {
  const list = (args: Arg[]) =>
    args.map(({ name, type }) => `${name}: ${type}`).join(", ");
  return `${name}(${list(inputs)}) -> (${list(outputs)})`;
}

/** The names of ops, `"MatMul"` or `tfjs_1.MatMul`, that tfjs-node passes on. */
async function opsOfKernels(): Promise<string[]> {
  const dist = new URL(
    "../../node_modules/@tensorflow/tfjs-node-gpu/dist/",
    import.meta.url,
  );
  const files = [new URL("nodejs_kernel_backend.js", dist)];
  const kernels = new URL("kernels/", dist);
  for await (const { name } of Deno.readDir(kernels)) {
    if (name.endsWith(".js")) files.push(new URL(name, kernels));
  }
  const name = /(?:tfjs_1\.|')([A-Z]\w+)/g;
  const found = await Promise.all(files.map(async (file) => {
    const source = await Deno.readTextFile(file);
    return [...source.matchAll(name)].map((match) => match[1]);
  }));
  return found.flat();
}

function moduleText(version: string, lines: string[]): string {
  return `/**
 * The ops that can be traced, with the names and types of what goes in and comes
 * out; a type is an attribute of the op, or else fixed (\`DT_...\`). Written by
 * \`write_op_signatures.ts\` from the registry of TensorFlow ${version}; do not edit.
 *
 * @module
 */

export const opSignatures = \`
${lines.join("\n")}
\`;
`;
}
