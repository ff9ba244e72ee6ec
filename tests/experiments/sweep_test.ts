import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  shareDraws,
  type Sweep,
  sweepMembers,
} from "../../lib/experiments/sweep.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import { evaluate } from "../evaluate.ts";

const sweep: Sweep<{ beta: number }> = {
  settings: [{ beta: 0.5 }, { beta: 2 }, { beta: 8 }],
  seeds: [7, 9],
};

Deno.test("the members of a sweep are ordered by setting, then by seed", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      (settings, seeds) => {
        const members = sweepMembers({
          settings: Array.from({ length: settings }, (_, s) => s),
          seeds: Array.from({ length: seeds }, (_, k) => 100 + k),
        });
        assertEquals(members.length, settings * seeds);
        for (const { member, setting, seed } of members) {
          assertEquals(member, setting * seeds + (seed - 100));
        }
      },
    ),
  );
});

Deno.test("shareDraws() gives the members of one seed one draw", async () => {
  const { shape, values } = await evaluate(() =>
    shareDraws(normal(keys(sweep.seeds), [3, 2]), sweep.settings.length)
  );
  assertEquals(shape, [6, 3, 2]);
  const { values: draws } = await evaluate(() =>
    normal(keys(sweep.seeds), [3, 2])
  );
  for (const { member, seed } of sweepMembers(sweep)) {
    const row = sweep.seeds.indexOf(seed);
    assertEquals(
      values.slice(6 * member, 6 * member + 6),
      draws.slice(6 * row, 6 * row + 6),
    );
  }
});

Deno.test("shareDraws() makes one tensor", () => {
  const draws = tf.ones([2, 3]);
  const before = tf.memory().numTensors;
  const shared = shareDraws(draws, 3);
  assertEquals(tf.memory().numTensors, before + 1);
  tf.dispose([draws, shared]);
});
