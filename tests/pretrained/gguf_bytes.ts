/**
 * GGUF files made by hand, for what no fixture has.
 *
 * @module
 */

/** Numbers of a width, little-endian. */
function number(
  bytes: number,
  write: (view: DataView) => void,
): Uint8Array {
  const array = new Uint8Array(bytes);
  write(new DataView(array.buffer));
  return array;
}

export const u32 = (value: number) =>
  number(4, (view) => view.setUint32(0, value, true));
export const u64 = (value: number) =>
  number(8, (view) => view.setBigUint64(0, BigInt(value), true));
export const text = (value: string) => {
  const bytes = new TextEncoder().encode(value);
  return join(u64(bytes.length), bytes);
};

export function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** Values with their type before them, as metadata hold them. */
export const typed = {
  u8: (value: number) => join(u32(0), new Uint8Array([value])),
  i8: (value: number) => join(u32(1), new Uint8Array([value])),
  u16: (value: number) =>
    join(u32(2), number(2, (view) => view.setUint16(0, value, true))),
  i16: (value: number) =>
    join(u32(3), number(2, (view) => view.setInt16(0, value, true))),
  u32: (value: number) => join(u32(4), u32(value)),
  i32: (value: number) =>
    join(u32(5), number(4, (view) => view.setInt32(0, value, true))),
  f32: (value: number) =>
    join(u32(6), number(4, (view) => view.setFloat32(0, value, true))),
  truth: (value: boolean) => join(u32(7), new Uint8Array([Number(value)])),
  text: (value: string) => join(u32(8), text(value)),
  list: (type: number, items: Uint8Array[]) =>
    join(u32(9), u32(type), u64(items.length), ...items),
  u64: (value: number) => join(u32(10), u64(value)),
  i64: (value: number) =>
    join(
      u32(11),
      number(8, (view) => view.setBigInt64(0, BigInt(value), true)),
    ),
  f64: (value: number) =>
    join(u32(12), number(8, (view) => view.setFloat64(0, value, true))),
};

/** A tensor of F32 and where it says that it begins. */
export interface HandTensor {
  name: string;
  shape: number[];
  offset: number;
}

/** A file of metadata and of tensors of F32, whose values are 0, 1, 2 ... */
export function ggufBytes(
  metadata: [string, Uint8Array][],
  tensors: HandTensor[] = [],
  alignment = 32,
): Uint8Array {
  const header = join(
    ...[new TextEncoder().encode("GGUF"), u32(3)],
    ...[u64(tensors.length), u64(metadata.length)],
    ...metadata.flatMap(([key, value]) => [text(key), value]),
    ...tensors.flatMap(({ name, shape, offset }) => [
      ...[text(name), u32(shape.length), ...shape.toReversed().map(u64)],
      ...[u32(0), u64(offset)],
    ]),
  );
  const size = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
  const end = Math.max(
    0,
    ...tensors.map(({ shape, offset }) => offset + 4 * size(shape)),
  );
  const start = Math.ceil(header.length / alignment) * alignment;
  const bytes = new Uint8Array(start + end);
  bytes.set(header);
  for (const { shape, offset } of tensors) {
    const values = Float32Array.from({ length: size(shape) }, (_, i) => i);
    bytes.set(new Uint8Array(values.buffer), start + offset);
  }
  return bytes;
}
