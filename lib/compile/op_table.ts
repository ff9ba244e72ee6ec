import { type Attr, type Edge, typeOf } from "./graph.ts";
import { opSignatures } from "./op_signatures.ts";

/** An argument or a result of an op. */
interface Arg {
  name: string;
  /** An attribute, or a fixed type `DT_...`. */
  type: string;
  /** The attribute that counts the tensors of this argument. */
  count?: string;
  /** Whether `type` is an attribute that lists the types of several tensors. */
  list: boolean;
}

/** What goes into an op and what comes out. */
export interface OpSignature {
  inputs: Arg[];
  outputs: Arg[];
}

const lines = new Map(
  opSignatures.trim().split("\n").map((line) => {
    const [name] = line.split("(", 1);
    return [name, line];
  }),
);

/**
 * Looks an op up.
 *
 * @throws {Error} If the op cannot be traced.
 */
export function signatureOf(op: string): OpSignature {
  const line = lines.get(op);
  if (!line) {
    throw new Error(
      `Cannot trace the op ${op}: the shape of its result depends on values, or it is missing from op_signatures.ts`,
    );
  }
  const [, inputs, outputs] = /\((.*)\) -> \((.*)\)/.exec(line)!;
  return { inputs: parseArgs(inputs), outputs: parseArgs(outputs) };
}

/**
 * Fills in the attributes that the inputs tell: their types and how many there are.
 *
 * @param op The op.
 * @param attrs The attributes that are known; they win.
 * @param inputs What goes in.
 * @returns All attributes without a default.
 */
export function completeAttrs(
  op: string,
  attrs: Record<string, Attr>,
  inputs: readonly Edge[],
): Record<string, Attr> {
  const args = signatureOf(op).inputs;
  const told: Record<string, Attr> = {};
  let at = 0;
  for (const { type, count, list } of args) {
    // No op has more than one argument of several tensors.
    const several = count !== undefined || list;
    const length = several ? inputs.length - (args.length - 1) : 1;
    const types = inputs.slice(at, at += length)
      .map((edge) => typeOf(edge).dtype);
    if (count) told[count] = { int: length };
    if (list) told[type] = { type: types };
    else if (!type.startsWith("DT_")) told[type] = { type: types[0] };
  }
  return { ...told, ...attrs };
}

/**
 * Names an output as the body of a function does, such as `indices:0`.
 *
 * @param op The op.
 * @param attrs Its attributes.
 * @param index The number of the output among all.
 */
export function outputName(
  op: string,
  attrs: Record<string, Attr>,
  index: number,
): string {
  let rest = index;
  for (const { name, type, count, list } of signatureOf(op).outputs) {
    const length = count
      ? (attrs[count] as { int: number }).int
      : list
      ? (attrs[type] as { type: number[] }).type.length
      : 1;
    if (rest < length) return `${name}:${rest}`;
    rest -= length;
  }
  throw new Error(`The op ${op} has no output ${index}`);
}

function parseArgs(text: string): Arg[] {
  const arg = /(\w+): (?:(\w+) \* )?(\[?)(\w+)/g;
  return [...text.matchAll(arg)].map(([, name, count, list, type]) => ({
    name,
    type,
    count,
    list: list === "[",
  }));
}
