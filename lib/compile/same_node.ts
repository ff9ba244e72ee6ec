import { dataType, describeType, type Node } from "./graph.ts";
import { type Values } from "./native_backend.ts";
import { userLine } from "./user_line.ts";

/** The error for a function that does not do what it did when it was traced. */
export function changed(how: string): Error {
  return new Error(
    `The function is not what was traced: ${how}${userLine()}; pass what changes as an argument`,
  );
}

/**
 * Compares a node with that of an earlier trace at the same place.
 *
 * @throws {Error} If they differ, which says in what.
 */
export function assertSameNode(was: Node | undefined, is: Node): void {
  if (!was || was.op !== is.op) {
    throw changed(`${is.op} takes the place of ${was?.op ?? "the end"}`);
  }
  if (is.op === "Const") return assertSameConstant(was, is);
  const inputs = ({ inputs }: Node) =>
    inputs.map(({ node, index }) => `${node.name}:${index}`).join(", ");
  if (inputs(was) !== inputs(is)) {
    throw changed(`${is.op} took ${inputs(was)}, takes ${inputs(is)}`);
  }
  for (const [name, attr] of Object.entries(is.attrs)) {
    if ("func" in attr) continue; // It has been compared on its own.
    const [before, now] = [was.attrs[name], attr].map((a) => JSON.stringify(a));
    if (before !== now) {
      throw changed(`${name} of ${is.op} was ${before}, is ${now}`);
    }
  }
}

function assertSameConstant(was: Node, is: Node): void {
  const [before, now] = [was, is].map(({ outputs }) =>
    describeType(outputs[0])
  );
  if (before !== now) throw changed(`a constant was ${before}, is ${now}`);
  const [old, values] = [valuesOf(was), valuesOf(is)];
  const at = values.findIndex((value, i) => !Object.is(value, old[i]));
  if (at >= 0) throw changed(`a constant was ${old[at]}, is ${values[at]}`);
}

function valuesOf({ attrs, outputs: [{ dtype }] }: Node): Values {
  const { content } =
    (attrs.value as { tensor: { content: Uint8Array } }).tensor;
  return dtype === dataType.float32
    ? new Float32Array(content.buffer)
    : dtype === dataType.int32
    ? new Int32Array(content.buffer)
    : content;
}
