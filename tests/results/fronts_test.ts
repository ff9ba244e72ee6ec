import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  areaBetween,
  diversityAtReward,
  hypervolume,
  paretoFront,
  type Point,
} from "../../lib/results/fronts.ts";

const at = (reward: number, diversity: number): Point => ({
  reward,
  diversity,
});
const coordinate = fc.integer({ min: -9, max: 9 });
const points = fc.array(
  fc.tuple(coordinate, coordinate).map(([r, d]) => at(r, d)),
  { maxLength: 12 },
);

Deno.test("paretoFront() keeps what nothing beats, by rising reward", () => {
  const front = paretoFront([at(3, 0), at(1, 3), at(2, 1), at(2, 2), at(1, 2)]);
  assertEquals(front, [at(1, 3), at(2, 2), at(3, 0)]);
  assertEquals(paretoFront([at(1, 1), at(1, 1)]), [at(1, 1)]);
  assertEquals(paretoFront([]), []);
});

Deno.test("paretoFront() beats every point, and no point of its own", () => {
  const covers = (p: Point, q: Point) =>
    p.reward >= q.reward && p.diversity >= q.diversity;
  fc.assert(fc.property(points, (list) => {
    const front = paretoFront(list);
    assert(list.every((q) => front.some((p) => covers(p, q))));
    assert(
      front.every((p, i) => front.every((q, j) => i === j || !covers(p, q))),
    );
  }));
});

Deno.test("hypervolume() sums the staircase above the reference", () => {
  // [0, 1] x [0, 3] + [1, 2] x [0, 2] + [2, 4] x [0, 1] = 3 + 2 + 2.
  const stairs = [at(1, 3), at(2, 2), at(4, 1)];
  assertEquals(hypervolume(stairs, at(0, 0)), 7);
  // From (1.5, 0.5): [1.5, 2] x [0.5, 2] + [2, 4] x [0.5, 1] = 0.75 + 1.
  assertEquals(hypervolume(stairs, at(1.5, 0.5)), 1.75);
  assertEquals(hypervolume(stairs, at(9, 9)), 0);
});

Deno.test("hypervolume() counts the unit cells that a point covers", () => {
  fc.assert(fc.property(points, (list) => {
    let cells = 0;
    for (let r = -9; r < 9; r++) {
      for (let d = -9; d < 9; d++) {
        if (list.some((p) => p.reward > r && p.diversity > d)) cells++;
      }
    }
    assertEquals(hypervolume(list, at(-9, -9)), cells);
  }));
});

Deno.test("diversityAtReward() follows the sweep's own line", () => {
  const curve = [at(0, 4), at(2, 3), at(4, 0)];
  assertEquals(diversityAtReward(curve, 1), 3.5);
  assertEquals(diversityAtReward(curve, 2), 3);
  assertEquals(diversityAtReward(curve, 3), 1.5);
  assertEquals(diversityAtReward(curve, 4), 0);
  assertEquals(diversityAtReward(curve, 4.1), NaN);
});

Deno.test("diversityAtReward() takes the best that reaches the reward", () => {
  // The curve turns back: at reward 1 it holds 1, 1 on the way and 3 at the end.
  const curve = [at(0, 0), at(2, 2), at(0.5, 3.5)];
  assertAlmostEquals(diversityAtReward(curve, 1), 3);
  // What is reached at a higher reward is reached at a lower one too.
  assertEquals(diversityAtReward([at(0, 0), at(2, 2)], 0.5), 2);
  assertEquals(diversityAtReward([at(0, 1), at(2, 1)].toReversed(), 1), 1);
});

Deno.test("areaBetween() integrates over the rewards that both cover", () => {
  const high = [at(0, 4), at(4, 0)];
  const low = [at(1, 2), at(3, 0)];
  // Over [1, 3] the lines 4 - r and 3 - r are 1 apart.
  assertAlmostEquals(areaBetween(high, low), 2, 1e-12);
  assertAlmostEquals(areaBetween(low, high), -2, 1e-12);
  assertEquals(areaBetween(high, high), 0);
});

Deno.test("areaBetween() is undefined where no reward is common", () => {
  const curve = [at(0, 1), at(1, 0)];
  assertEquals(areaBetween(curve, [at(2, 1), at(3, 0)]), NaN);
  // One common reward is no range.
  assertEquals(areaBetween(curve, [at(1, 1), at(2, 0)]), NaN);
});

Deno.test("diversityAtReward() counts a point at the reward itself", () => {
  // A peak that reaches reward 1 exactly holds 5 there, as does a single point.
  assertEquals(diversityAtReward([at(0, 0), at(1, 5), at(0, 0)], 1), 5);
  assertEquals(diversityAtReward([at(1, 5)], 1), 5);
  // Two of one reward hold the larger of theirs.
  assertEquals(diversityAtReward([at(1, 3), at(1, 5)], 1), 5);
  // Only the one that reaches it counts, not the higher one below it.
  assertEquals(diversityAtReward([at(0.999, 9), at(1, 5)], 1), 5);
});
