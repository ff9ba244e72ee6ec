import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  philox,
  statelessBits,
  toNormals,
  toUniform,
} from "../../lib/tf/philox.ts";

// From Random123's file tests/kat_vectors, the lines "philox4x32 10".
const knownAnswers: [number[], [number, number], number[]][] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

Deno.test("philox() gives the known answers of Random123", () => {
  for (const [counter, key, block] of knownAnswers) {
    const [c0, c1, c2, c3] = counter;
    assertEquals<number[]>(philox([c0, c1, c2, c3], key), block);
  }
});

Deno.test("statelessBits() are those of TensorFlow", () => {
  // StatelessRandomUniformFullInt of TensorFlow 2.21, seed [843314856, 0].
  const bits = Int32Array.from(statelessBits([843314856, 0], 2));
  assertEquals([...bits], [-533683666, 1511874585]);
});

Deno.test("statelessBits() of a longer stream go on with a shorter one's", () => {
  const long = statelessBits([-5, 7], 11);
  for (const count of [0, 1, 4, 5, 8]) {
    assertEquals(statelessBits([-5, 7], count), long.subarray(0, count));
  }
});

Deno.test("toUniform() takes the low 23 bits for a fraction", () => {
  assertEquals(toUniform(0), 0);
  assertEquals(toUniform(0x400000), 0.5); // 2^22 / 2^23
  assertEquals(toUniform(0xff800000), 0); // the high bits do not count
  assertEquals(toUniform(0xffffffff), 1 - 2 ** -23);
});

Deno.test("toNormals() are a radius at an angle, and finite at 0", () => {
  // u = [1/2, 1/4]: radius sqrt(2 ln 2) = 1.177410, a quarter turn.
  const [sine, cosine] = toNormals(0x400000, 0x200000);
  assertAlmostEquals(sine, 1.17741, 1e-6);
  assertAlmostEquals(cosine, 0, 1e-12);
  // TensorFlow takes 1e-7 for a u of 0: sqrt(14 ln 10) = 5.677692.
  assertEquals(toNormals(0, 0)[0], 0);
  assertAlmostEquals(toNormals(0, 0)[1], 5.677692, 1e-6);
});
