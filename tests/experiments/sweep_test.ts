import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { sweepMembers } from "../../lib/experiments/mod.ts";
import { coefficients } from "../../lib/experiments/sweep.ts";

Deno.test("the members of a sweep are ordered by setting, then by seed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      async (settings, count) => {
        const grid = Array.from({ length: settings }, (_, s) => s / 2);
        const seeds = Array.from({ length: count }, (_, k) => 100 + k);
        const members = sweepMembers({ grid, seeds });
        assertEquals(members.length, settings * count);
        for (const { member, coefficient, seed } of members) {
          assertEquals(member, 2 * coefficient * count + (seed - 100));
        }
        const tensor = coefficients({ grid, seeds });
        assertEquals(tensor.shape, [members.length, 1, 1]);
        assertEquals(
          [...await tensor.data()],
          members.map(({ coefficient }) => coefficient),
        );
        tensor.dispose();
      },
    ),
  );
});
