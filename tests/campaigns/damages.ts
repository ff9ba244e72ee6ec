/**
 * Random damages of a file's bytes, the same for the same number.
 *
 * @module
 */

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes after a damage, and what it was. */
export interface Damaged {
  bytes: Uint8Array;
  what: string;
}

/**
 * Damages bytes: flips one bit or several, cuts the end off, or writes, removes,
 * repeats or moves a run. Places near the begin, where headers are, come up more often.
 */
export function damage(bytes: Uint8Array, seed: number): Damaged {
  const random = randomOf(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const place = () =>
    random() < 0.5
      ? below(bytes.length)
      : Math.floor(bytes.length ** random()) - 1;
  const flip = (copy: Uint8Array, count: number) => {
    for (let i = 0; i < count; i++) copy[place()] ^= 1 << below(8);
    return copy;
  };
  const at = place();
  const length = Math.min(1 + Math.floor(256 ** random()), bytes.length - at);
  const run = bytes.subarray(at, at + length);
  const kinds: [string, () => Uint8Array][] = [
    ["one bit flipped", () => flip(bytes.slice(), 1)],
    ["bits flipped", () => flip(bytes.slice(), 2 + below(8))],
    [`cut at ${at}`, () => bytes.slice(0, at)],
    [`${length} bytes at ${at} replaced`, () => {
      const copy = bytes.slice();
      const value = [0, 255, 0x80, below(256)][below(4)];
      return copy.fill(value, at, at + length);
    }],
    [
      `${length} bytes at ${at} removed`,
      () => joined(bytes.subarray(0, at), bytes.subarray(at + length)),
    ],
    [
      `${length} bytes at ${at} repeated`,
      () => joined(bytes.subarray(0, at + length), bytes.subarray(at)),
    ],
    [`${length} bytes at ${at} written elsewhere`, () => {
      const copy = bytes.slice();
      copy.set(run, Math.min(place(), bytes.length - length));
      return copy;
    }],
  ];
  const [what, make] = kinds[below(kinds.length)];
  return { bytes: make(), what };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
