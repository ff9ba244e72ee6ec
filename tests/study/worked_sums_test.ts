import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { judgeClaims } from "../../lib/results/claims.ts";
import { workedSumsStudy } from "../../lib/study/worked_sums.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import { type SpokenTask } from "../../lib/tracks/spoken_numbers.ts";
import { type Row } from "../../lib/train/row.ts";
import { withStart } from "./with_start.ts";

const [direct, worked] = ["the answer at once", "the sum first"];

/** Rows of three seeds, at the start and at the end, with what a task gains. */
function rowsOf(gain: Readonly<Record<string, [number, number]>>): Row[] {
  return [direct, worked].flatMap((task) =>
    [0, 1, 2].flatMap((seed) =>
      [0, 24].map((iteration, i): Row => ({
        ...{ task, method: "GRPO, exact KL", coefficient: 0, seed, iteration },
        ...{ alive: true, accuracyHeldOut: 0.3 + gain[task][i] },
        repeatedHeldOut: task === worked ? 1 - 0.2 * i : NaN,
      }))
    )
  );
}

Deno.test("the study of worked sums compares words first with the answer at once, and a planted gain turns its verdict", () =>
  withStart(async (base, start) => {
    const { experiment, claims } = await workedSumsStudy(
      { base, start },
      "laptop",
    );
    const judged = (gain: Record<string, [number, number]>) =>
      judgeClaims(claims, {
        rows: rowsOf(gain),
        tasks: { [direct]: direct, [worked]: worked },
        methods: { "GRPO, exact KL": { coefficient: "beta" } },
      });
    const helps = judged({ [direct]: [0, 0.1], [worked]: [0.2, 0.4] });
    assertEquals(helps.map(({ verdict }) => verdict), [
      ...["holds", "holds", "does not hold"],
    ]);
    [0.2, 0.3, -0.2].forEach((value, i) =>
      assertAlmostEquals(helps[i].value, value, 1e-9)
    );
    const harms = judged({ [direct]: [0.2, 0.3], [worked]: [0, 0.3] });
    assertEquals(harms.slice(0, 2).map(({ verdict }) => verdict), [
      ...["does not hold", "no difference"],
    ]);
    assertEquals(experiment.tasks.map(({ name }) => name), [direct, worked]);
    // At once there is room for the answer alone, and else for the sum before it.
    const shapes = tf.tidy(() =>
      experiment.tasks.map(({ policy }) =>
        policy.draw(policy.init(1), { keys: keys([1]), perContext: 1 }).answers
          .shape.at(-1)
      )
    );
    assertEquals(shapes, [1, 5]);
    assert(experiment.arms[0].grid.includes(0));
    for (const task of experiment.tasks as SpokenTask[]) task.dispose();
  }));
