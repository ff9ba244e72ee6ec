import { encodeAttr } from "./attr_value.ts";
import {
  dataType,
  describeType,
  type Edge,
  type Node,
  type TensorType,
  typeOf,
} from "./graph.ts";
import { dealInputs, isList } from "./op_table.ts";
import { cOutput, cText, tensorFlowC } from "./tensorflow_c.ts";
import { userLine } from "./user_line.ts";

/** An op, and what goes in. */
type Call = Pick<Node, "op" | "attrs" | "inputs">;

/** How many calls are remembered before all are forgotten: models come and go. */
const knownAtMost = 4096;

let inference: Inference | undefined;

/**
 * Asks TensorFlow for the types of what an op returns. Nothing is computed.
 *
 * @param call The op; of its inputs only the types count, and the values of those that
 * are constants, which may be shapes.
 * @throws {Error} If the op does not take such inputs, or the shape of what it returns
 * depends on values; the user's line is named.
 */
export function inferTypes(call: Call): readonly TensorType[] {
  if (inference?.size === knownAtMost) {
    inference.dispose();
    inference = undefined;
  }
  return (inference ??= new Inference()).typesOf(call);
}

/** A graph of TensorFlow's in which each op stands once, beside what goes into it. */
class Inference {
  #c = tensorFlowC();
  #graph = this.#c.TF_NewGraph();
  #status = this.#c.TF_NewStatus();
  #nodes = 0;
  /** By all that they depend on: layers of a model are alike. */
  #types = new Map<string, readonly TensorType[]>();
  #sources = new Map<string, Uint8Array<ArrayBuffer>>();

  get size(): number {
    return this.#types.size;
  }

  typesOf(call: Call): readonly TensorType[] {
    const { op, attrs, inputs } = call;
    const key = [op, JSON.stringify(attrs), ...inputs.map(keyOf)].join(" ");
    const before = this.#types.get(key);
    if (before) return before;
    const operation = this.#add(call);
    const types = Array.from(
      { length: this.#c.TF_OperationNumOutputs(operation) },
      (_, i) => this.#typeOf(cOutput(operation, i), call),
    );
    this.#types.set(key, types);
    return types;
  }

  dispose(): void {
    this.#c.TF_DeleteGraph(this.#graph);
    this.#c.TF_DeleteStatus(this.#status);
  }

  #add(call: Call): bigint {
    const { op, attrs, inputs } = call;
    const c = this.#c;
    const dealt = dealInputs(op, inputs).map(({ arg, edges }) => ({
      list: isList(arg),
      outputs: edges.map((edge) => this.#sourceOf(edge)),
    }));
    const name = cText(`${this.#nodes++}`);
    const operation = c.TF_NewOperation(this.#graph, cText(op), name);
    for (const { list, outputs } of dealt) {
      if (list) c.TF_AddInputList(operation, joined(outputs), outputs.length);
      else c.TF_AddInput(operation, outputs[0]);
    }
    for (const [name, attr] of Object.entries(attrs)) {
      const value = encodeAttr(attr, noFunction).encode();
      const length = BigInt(value.length);
      c.TF_SetAttrValueProto(
        operation,
        cText(name),
        value,
        length,
        this.#status,
      );
    }
    const added = c.TF_FinishOperation(operation, this.#status);
    if (c.TF_GetCode(this.#status) === 0) return added;
    const message = c.TF_Message(this.#status)!;
    const [why] = Deno.UnsafePointerView.getCString(message)
      .split(" for '{{node"); // It goes on with nodes of this graph.
    throw refusal(call, why);
  }

  /** What stands for an edge: a constant, or else a placeholder of its type. */
  #sourceOf(edge: Edge): Uint8Array<ArrayBuffer> {
    const key = keyOf(edge);
    let source = this.#sources.get(key);
    if (!source) {
      const { dtype, shape } = typeOf(edge);
      const attrs = { dtype: { type: dtype }, shape: { shape } };
      const placeholder = { op: "Placeholder", attrs, inputs: [] };
      source = cOutput(this.#add(isShape(edge) ? edge.node : placeholder), 0);
      this.#sources.set(key, source);
    }
    return source;
  }

  #typeOf(output: Uint8Array<ArrayBuffer>, call: Call): TensorType {
    const [c, graph, status] = [this.#c, this.#graph, this.#status];
    const rank = c.TF_GraphGetTensorNumDims(graph, output, status);
    const sizes = new BigInt64Array(Math.max(0, rank));
    c.TF_GraphGetTensorShape(graph, output, sizes, rank, status);
    const shape = Array.from(sizes, Number);
    if (rank < 0 || shape.includes(-1)) {
      throw refusal(call, "the shape of its result depends on values");
    }
    return { dtype: c.TF_OperationOutputType(output), shape };
  }
}

/** All that an inference needs of an edge, as text. */
function keyOf(edge: Edge): string {
  const { dtype, shape } = typeOf(edge);
  const { value } = edge.node.attrs;
  return isShape(edge) && "tensor" in value
    ? `${dtype}[${shape}]=${value.tensor.content}`
    : `${dtype}[${shape}]`;
}

/** Whether an edge is a constant that may be a shape, or what is as good as one. */
function isShape(edge: Edge): boolean {
  const { dtype, shape } = typeOf(edge);
  return edge.node.op === "Const" &&
    (dtype === dataType.int32 || shape.length === 0);
}

/** The error for an op that cannot be. */
function refusal({ op, inputs }: Call, why: string): Error {
  const types = inputs.map((edge) => describeType(typeOf(edge))).join(", ");
  return new Error(
    `Cannot trace the op ${op} of ${types}${userLine()}: ${why}`,
  );
}

/** A list of `TF_Output`s. */
function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function noFunction(): never {
  throw new Error("No op of a kernel takes a function");
}
