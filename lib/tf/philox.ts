/**
 * The counter-based generator Philox4x32-10 (Salmon et al. 2011, Parallel random
 * numbers: as easy as 1, 2, 3) and, on it, the streams of TensorFlow's stateless
 * random operations, for backends that lack these. The same seed gives the bits
 * that TensorFlow gives.
 */
const multiplierA = 0xD2511F53;
const multiplierB = 0xCD9E8D57;
const weylA = 0x9E3779B9;
const weylB = 0xBB67AE85;
const rounds = 10;
// TensorFlow passes a seed through one block under this key.
const scrambleKey = [0x3ec8f720, 0x02461e29] as const;

type Block = [number, number, number, number];

/** One block of 128 random bits: four unsigned 32-bit integers. */
export function philox(counter: Block, key: readonly [number, number]): Block {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(multiplierA, c0);
    const high1 = multiplyHigh(multiplierB, c2);
    const low0 = Math.imul(multiplierA, c0);
    const low1 = Math.imul(multiplierB, c2);
    [c0, c1, c2, c3] = [high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0];
    k0 = (k0 + weylA) | 0;
    k1 = (k1 + weylB) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/**
 * The first bits of TensorFlow's stateless stream of a seed.
 *
 * @param seed Two int32.
 * @param count How many unsigned 32-bit integers.
 */
export function statelessBits(
  [seed0, seed1]: readonly [number, number],
  count: number,
): Uint32Array {
  const signs = [seed0 >> 31, seed1 >> 31]; // seeds are widened to 64 bits
  const mix = philox([seed0, signs[0], seed1, signs[1]], scrambleKey);
  const bits = new Uint32Array(4 * Math.ceil(count / 4));
  for (let block = 0; 4 * block < count; block++) {
    const counter: Block = [block, 0, mix[2], mix[3]];
    bits.set(philox(counter, [mix[0], mix[1]]), 4 * block);
  }
  return bits.subarray(0, count);
}

/** TensorFlow's uniform float32 in [0, 1): the low 23 bits as a mantissa. */
export function toUniform(bits: number): number {
  return (bits & 0x7fffff) / 0x800000;
}

/** TensorFlow's standard normals, two out of two: Box and Muller's transform. */
export function toNormals(bits0: number, bits1: number): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(Math.max(toUniform(bits0), 1e-7)));
  const angle = 2 * Math.PI * toUniform(bits1);
  return [radius * Math.sin(angle), radius * Math.cos(angle)];
}

/** The upper 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const [aHigh, aLow] = [a >>> 16, a & 0xffff];
  const [bHigh, bLow] = [b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carried = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + Math.floor(middle / 0x10000) +
    Math.floor(carried / 0x10000);
}
