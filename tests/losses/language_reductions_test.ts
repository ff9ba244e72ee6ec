import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  memberSequenceMean,
  memberTokenMean,
  sequenceMean,
  tokenMean,
} from "../../lib/losses/reductions.ts";
import { tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";

const loss = () => tf.tensor3d([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]);
const mask = () => tf.tensor3d([[[1, 1], [1, 0]], [[0, 0], [1, 1]]]);

Deno.test("tokenMean() and sequenceMean() agree with numbers worked by hand", async () => {
  const byToken = await evaluate(() => tokenMean(loss(), mask()));
  assertEquals(byToken.shape, []);
  assertAlmostEquals(byToken.values[0], (1 + 2 + 3 + 7 + 8) / 5, 1e-6);
  const bySequence = await evaluate(() => sequenceMean(loss(), mask()));
  assertEquals(bySequence.shape, []);
  assertAlmostEquals(bySequence.values[0], (1.5 + 3 + 7.5) / 3, 1e-6);
});

for (
  const [member, overall] of [
    [memberTokenMean, tokenMean],
    [memberSequenceMean, sequenceMean],
  ]
) {
  Deno.test(`${member.name}() reduces each member as if it were alone`, async () => {
    const together = await evaluate(() => member(loss(), mask()));
    assertEquals(together.shape, [2]);
    for (const m of [0, 1]) {
      const alone = await evaluate(() =>
        overall(tf.unstack(loss())[m], tf.unstack(mask())[m])
      );
      assertEquals([together.values[m]], alone.values);
    }
  });

  Deno.test(`${overall.name}() of a constant is the constant, whatever the mask`, async () => {
    const axis = fc.integer({ min: 1, max: 4 });
    await fc.assert(
      fc.asyncProperty(
        axis,
        axis,
        fc.integer({ min: 1, max: 15 }),
        async (n, t, bits) => {
          const mean = tf.tidy(() => {
            const kept = Array.from(
              { length: n * t },
              (_, i) => i === 0 ? 1 : (bits >> (i % 4)) & 1,
            );
            return overall(tf.fill([n, t], 0.75), tf.tensor2d(kept, [n, t]));
          });
          assertAlmostEquals((await mean.data())[0], 0.75, 1e-6);
          mean.dispose();
        },
      ),
      { numRuns: 30, seed: 1 },
    );
  });

  Deno.test(`${overall.name}() refuses a mask of another shape, or no axis of tokens`, () => {
    const [x, y, scalar] = [tf.ones([2, 3]), tf.ones([2, 1]), tf.scalar(1)];
    assertThrows(() => overall(x, y), TypeError, "mask");
    assertThrows(() => overall(scalar, scalar), TypeError, "[..., T]");
    tf.dispose([x, y, scalar]);
  });

  Deno.test(`${member.name}() refuses a loss without members`, () => {
    const x = tf.ones([3]);
    assertThrows(() => member(x, x), TypeError, "[M, ..., T]");
    x.dispose();
  });
}
