import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fromPatches, toPatches } from "../../lib/models/patches.ts";
import { tf } from "../../lib/tf/backend.ts";

Deno.test("fromPatches() undoes toPatches() for every cut", () => {
  const size = fc.integer({ min: 1, max: 4 });
  fc.assert(
    fc.property(size, size, size, size, (grid, patch, members, samples) => {
      const same = tf.tidy(() => {
        const shape = [members, samples, (grid * patch) ** 2];
        const total = shape.reduce((a, b) => a * b);
        const pictures = tf.reshape(tf.range(0, total), shape);
        const patches = toPatches(pictures, { grid, patch });
        assertEquals(patches.shape, [
          members,
          samples * grid * grid,
          patch * patch,
        ]);
        const back = fromPatches(patches, { grid, patch });
        assertEquals(back.shape, shape);
        return tf.all(tf.equal(back, pictures)).dataSync()[0];
      });
      assertEquals(same, 1);
    }),
    { numRuns: 30, seed: 1 },
  );
});
