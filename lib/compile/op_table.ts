import { type Attr, type Edge, typeOf } from "./graph.ts";
import { opSignatures } from "./op_signatures.ts";

/** An argument or a result of an op. */
export interface Arg {
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

const signatures = new Map<string, OpSignature>();

/**
 * Looks an op up.
 *
 * @throws {Error} If the op cannot be traced.
 */
export function signatureOf(op: string): OpSignature {
  const known = signatures.get(op);
  if (known) return known;
  const line = lines.get(op);
  if (!line) {
    throw new Error(
      `Cannot trace the op ${op}: the shape of its result depends on values, or it is missing from op_signatures.ts`,
    );
  }
  const [, inputs, outputs] = /\((.*)\) -> \((.*)\)/.exec(line)!;
  const signature = {
    inputs: parseArgs(inputs),
    outputs: parseArgs(outputs),
  };
  signatures.set(op, signature);
  return signature;
}

/** Whether an argument is a list of tensors. */
export function isList({ count, list }: Arg): boolean {
  return count !== undefined || list;
}

/** Deals what goes into an op out to its arguments. */
export function dealInputs(
  op: string,
  inputs: readonly Edge[],
): { arg: Arg; edges: readonly Edge[] }[] {
  const args = signatureOf(op).inputs;
  let at = 0;
  return args.map((arg) => {
    // No op has more than one argument of several tensors.
    const length = isList(arg) ? inputs.length - (args.length - 1) : 1;
    return { arg, edges: inputs.slice(at, at += length) };
  });
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
  const told: Record<string, Attr> = {};
  for (const { arg: { type, count, list }, edges } of dealInputs(op, inputs)) {
    const types = edges.map((edge) => typeOf(edge).dtype);
    if (count) told[count] = { int: types.length };
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
