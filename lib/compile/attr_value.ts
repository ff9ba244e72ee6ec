import { type Attr, type Graph } from "./graph.ts";
import { Message } from "./protobuf.ts";

/**
 * Encodes an attribute as an `AttrValue`.
 *
 * @param attr The attribute.
 * @param nameOf Names the function that an attribute refers to.
 */
export function encodeAttr(
  attr: Attr,
  nameOf: (graph: Graph) => string,
): Message {
  const message = new Message();
  const list = new Message();
  if ("string" in attr) return message.bytes(2, attr.string);
  if ("shape" in attr) return message.bytes(7, encodeShape(attr.shape));
  if ("tensor" in attr) {
    const { dtype, shape, content } = attr.tensor;
    const tensor = new Message()
      .integer(1, dtype)
      .bytes(2, encodeShape(shape))
      .bytes(4, content);
    return message.bytes(8, tensor);
  }
  if ("func" in attr) {
    return message.bytes(10, new Message().bytes(1, nameOf(attr.func)));
  }
  if ("float" in attr) {
    return typeof attr.float === "number"
      ? message.float(4, attr.float)
      : message.bytes(1, list.floats(4, attr.float));
  }
  const [field, value] = "int" in attr
    ? [3, attr.int] as const
    : "bool" in attr
    ? [5, attr.bool] as const
    : [6, attr.type] as const;
  return typeof value === "object"
    ? message.bytes(1, list.integers(field, value.map(Number)))
    : message.integer(field, Number(value));
}

function encodeShape(shape: readonly number[]): Message {
  const message = new Message();
  for (const size of shape) message.bytes(2, new Message().integer(1, size));
  return message;
}
