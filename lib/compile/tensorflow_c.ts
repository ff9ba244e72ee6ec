/**
 * What the kit calls of TensorFlow's C API itself: the building of a graph. The rest
 * goes through the addon of TensorFlow.js, which has loaded the library.
 *
 * @module
 */

/** A `TF_Output`: which output of which operation. */
const output = { struct: ["u64", "i32"] } as const;

const functions = {
  TF_NewGraph: { parameters: [], result: "pointer" },
  TF_DeleteGraph: { parameters: ["pointer"], result: "void" },
  TF_NewStatus: { parameters: [], result: "pointer" },
  TF_DeleteStatus: { parameters: ["pointer"], result: "void" },
  TF_GetCode: { parameters: ["pointer"], result: "i32" },
  TF_Message: { parameters: ["pointer"], result: "pointer" },
  // The graph, the op and the name.
  TF_NewOperation: {
    parameters: ["pointer", "buffer", "buffer"],
    result: "pointer",
  },
  TF_AddInput: { parameters: ["pointer", output], result: "void" },
  // The outputs and how many.
  TF_AddInputList: { parameters: ["pointer", "buffer", "i32"], result: "void" },
  // The name, an encoded `AttrValue`, its length, and the status.
  TF_SetAttrValueProto: {
    parameters: ["pointer", "buffer", "buffer", "usize", "pointer"],
    result: "void",
  },
  // Returns a `TF_Operation*`, as the number that goes into a `TF_Output`.
  TF_FinishOperation: { parameters: ["pointer", "pointer"], result: "u64" },
  TF_OperationNumOutputs: { parameters: ["u64"], result: "i32" },
  TF_OperationOutputType: { parameters: [output], result: "i32" },
  TF_GraphGetTensorNumDims: {
    parameters: ["pointer", output, "pointer"],
    result: "i32",
  },
  // The graph, the output, where the sizes go, how many, and the status.
  TF_GraphGetTensorShape: {
    parameters: ["pointer", output, "buffer", "i32", "pointer"],
    result: "void",
  },
} as const;

type Functions = Deno.DynamicLibrary<typeof functions>["symbols"];

let loaded: Functions | undefined;

/** TensorFlow's C API. */
export function tensorFlowC(): Functions {
  // By its name alone: the one that is loaded, wherever that lies.
  return loaded ??= Deno.dlopen("libtensorflow_cc.so.2", functions).symbols;
}

const utf8 = new TextEncoder();

/** Text as C has it. */
export function cText(text: string): Uint8Array<ArrayBuffer> {
  return utf8.encode(`${text}\0`);
}

/** A `TF_Output` as bytes, several of which lie one after the other in a list. */
export function cOutput(
  operation: bigint,
  index: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new DataView(new ArrayBuffer(16));
  bytes.setBigUint64(0, operation, true);
  bytes.setInt32(8, index, true);
  return new Uint8Array(bytes.buffer);
}
