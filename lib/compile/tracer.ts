import { type Tensor, tf } from "../tf/backend.ts";
import { afterStop } from "../tf/stops.ts";
import { toAttrs } from "./attrs.ts";
import { type Capture, captureKind } from "./captures.ts";
import {
  describeType,
  type Edge,
  type Graph,
  type TensorType,
  typeOf,
} from "./graph.ts";
import { guards } from "./guards.ts";
import { interceptions, type Listener } from "./intercept.ts";
import { nativeBackend, type OpAttr, type Values } from "./native_backend.ts";
import { reductionGradients } from "./reduction_gradients.ts";
import { replaceAll } from "./replaced.ts";
import { addOp } from "./rewrite.ts";
import { changed } from "./same_node.ts";
import { Scope } from "./scope.ts";
import { userLine } from "./user_line.ts";

/** What a tracer leaves. */
export interface Traced {
  /** Its arguments are the function's, then the captures that are no constants. */
  graph: Graph;
  captures: Capture[];
}

let active: Tracer | undefined;

afterStop(() => active?.end());

/** The tracer that is at work. */
export function activeTracer(): Tracer | undefined {
  return active;
}

/**
 * Writes down the ops that a function calls. None runs: what they return are tensors
 * without values, whose types TensorFlow infers, or else an earlier trace to compare
 * with tells.
 */
export class Tracer {
  /** The graph that the next op belongs to. */
  scope: Scope;
  readonly captures: Capture[] = [];
  #expected?: Traced;
  #constants = new WeakMap<object, Values>();
  #kept: Tensor[] = [];
  #putBack = () => {};
  #backend = nativeBackend();
  #listener: Listener = {
    execute: (...call) => this.#execute(...call),
    read: (dataId) => this.#read(dataId),
    made: (dataId, values) => this.#constants.set(dataId, values),
    kept: (tensor) => this.#kept.push(tensor),
  };
  // As it is before it is replaced.
  #readSync = this.#backend.readSync;

  /** @param expected The earlier trace. */
  constructor(expected?: Traced) {
    this.#expected = expected;
    const root: Scope = new Scope({
      outside: (tensor) =>
        this.constant(root, tensor) ?? this.#capture(root, tensor),
      expected: expected?.graph,
    });
    this.scope = root;
  }

  /** Runs an action, whose ops are written down. */
  run(action: () => void): void {
    active = this;
    this.#putBack = replaceAll([
      ...guards(),
      ...interceptions(this.#listener),
      ...reductionGradients(),
    ]);
    try {
      tf.tidy(action);
      const kept = this.#kept.find((tensor) => !tensor.isDisposed);
      if (kept) {
        throw new Error(
          `Cannot trace a tensor that outlives the function, ${kept.dtype} [${kept.shape}]: return it instead of tf.keep`,
        );
      }
    } finally {
      this.end();
    }
  }

  /** Ends the trace: all is as it was before. A stop leaves that to be done. */
  end(): void {
    this.#putBack();
    active = undefined;
    tf.dispose(this.#kept);
  }

  /** Runs an action whose ops belong to another graph. */
  within(scope: Scope, action: () => void): void {
    const outer = this.scope;
    try {
      this.scope = scope;
      action();
    } finally {
      this.scope = outer;
    }
  }

  /** Makes a tensor that stands for an edge; it has no values. */
  standIn(edge: Edge): Tensor {
    const { dtype, shape } = typeOf(edge);
    const tensor = this.#backend.createOutputTensor({ id: -1, dtype, shape });
    this.scope.bind(tensor, edge);
    return tensor;
  }

  /** Adds a tensor to a graph if the function made it of JavaScript values. */
  constant(scope: Scope, tensor: Tensor): Edge | undefined {
    const values = this.#constants.get(tensor.dataId);
    return values && scope.addConstant(values, this.typeOf(tensor));
  }

  /** The type of a tensor as TensorFlow has it. */
  typeOf({ dataId, shape }: Tensor): TensorType {
    return { dtype: this.#backend.tensorMap.get(dataId).dtype, shape };
  }

  #execute(
    op: string,
    attrs: readonly OpAttr[],
    inputs: readonly Tensor[],
  ): Tensor[] {
    const { scope } = this;
    const edges = inputs.map((tensor) => scope.edgeOf(tensor));
    const node = addOp(scope, op, toAttrs(attrs), edges);
    return node.outputs.map((_, index) => this.standIn({ node, index }));
  }

  #read(dataId: object): Values {
    const constant = this.#constants.get(dataId);
    if (constant) return constant;
    throw new Error(
      `Cannot trace the reading of a tensor's values${userLine()}; use ops on the tensor, or return it and read it outside`,
    );
  }

  /** Brings in a tensor that the function closes over. */
  #capture(scope: Scope, tensor: Tensor): Edge {
    const { dataId } = tensor;
    const type = this.typeOf(tensor);
    const kind = captureKind(tensor);
    const before = this.#expected?.captures[this.captures.length];
    if (this.#expected && before?.dataId !== dataId) {
      const what = describeType(type);
      throw changed(`it closes over another tensor, ${what}`);
    }
    this.captures.push({ tensor, dataId, kind });
    if (kind !== "constant") return scope.addArg(type);
    const values = this.#readSync.call(this.#backend, dataId);
    return scope.addConstant(values, type);
  }
}
