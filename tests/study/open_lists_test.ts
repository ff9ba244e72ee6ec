import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { frameOf } from "../../lib/experiments/pieces.ts";
import { report } from "../../lib/results/report.ts";
import {
  listAdapters,
  openListsArms,
  openListsArmsAt,
  openListsStudy,
  qwen2Steps,
} from "../../lib/study/open_lists.ts";
import { type OpenListsTask } from "../../lib/tracks/open_lists.ts";
import { type Row } from "../../lib/train/row.ts";
import { withSpeller } from "../tracks/with_speller.ts";

const [free, ours] = ["GRPO, exact KL", "ADRPO-GRPO, exact KL"];

/** Rows of every setting: a front that falls with the reward, higher by `gain` of ADRPO. */
function rowsOf(arms: typeof openListsArms, gain: number): Row[] {
  return arms.flatMap(({ method: { name }, grid }) =>
    grid.flatMap((coefficient) =>
      [0, 1, 2, 3, 4].flatMap((seed) =>
        [0, 1, 5, 8, 10, 16, 40].map((iteration): Row => {
          const reward = iteration === 0 ? 0.6 : 1 - 0.3 * coefficient;
          const more = name === ours ? gain : 0;
          const answers = iteration === 0 ? 20 : 21 - 20 * reward + more;
          return {
            ...{ task: "open lists", method: name, coefficient, seed },
            ...{ iteration, alive: true, reward, answers, kl: 1 - reward },
            ...{ rightEntropy: Math.log(answers), pass16: 1 },
            ...{ distinct64: answers + 0.01 * seed },
            rewardHeldOut: reward - (iteration === 0 ? 0 : 0.2),
          };
        })
      )
    )
  );
}

Deno.test("the study of open lists is judged and drawn, and a planted gain of ADRPO turns its verdict", () =>
  withSpeller(async (model) => {
    const { experiment, claims, charts } = await openListsStudy(model, "full");
    const judged = (gain: number) => {
      const rows = rowsOf(openListsArms, gain);
      const run = { ...frameOf(experiment), rows, shown: [], frontiers: [] };
      const { verdicts, figures } = report(run, { claims, charts });
      assertEquals(Object.keys(figures).length, 3);
      return (claim: string, at = "") =>
        verdicts.find((row) =>
          row.claim.startsWith(claim) && row.case.includes(at)
        )!;
    };
    const [same, better] = [judged(0), judged(3)];
    const keeps = "ADRPO keeps more right answers";
    assertAlmostEquals(same(keeps, free).value, 0, 1e-9);
    assertEquals(same(keeps, "trajectory balance").verdict, "no difference");
    assertAlmostEquals(better(keeps, free).value, 3, 1e-9);
    assertEquals(better(keeps, free).verdict, "holds");
    // At beta 0 the reward goes from 0.6 to 1, and 1 of 20 answers is left.
    assertAlmostEquals(
      same("Without regularisation the reward rises").value,
      0.4,
    );
    assertAlmostEquals(same("Without regularisation nine tenths").value, 0.05);
    assertAlmostEquals(
      same("Without regularisation the reward on prompts").value,
      0.2,
    );
    (experiment.tasks[0] as OpenListsTask).dispose();
  }));

Deno.test("what is kept of open lists was run; smaller scales and Qwen2's steps are parts of it", () =>
  withSpeller(async (model) => {
    for (const { method, coefficient } of Object.values(listAdapters)) {
      const found = openListsArmsAt("laptop").find((arm) =>
        arm.method.name === method
      );
      assert(found?.grid.includes(coefficient), `${method} ${coefficient}`);
    }
    const whole = await openListsStudy(model, "full");
    for (const make of [openListsStudy, qwen2Steps]) {
      for (const scale of ["smoke", "laptop"] as const) {
        const { experiment, claims, charts } = await make(model, scale);
        const { arms, budget, seeds, tasks } = experiment;
        assert(budget.iterations <= whole.experiment.budget.iterations);
        assert(seeds.length < whole.experiment.seeds.length);
        const rows = rowsOf(arms, 0)
          .filter((row) => (row.iteration as number) <= budget.iterations);
        const run = { ...frameOf(experiment), rows, shown: [], frontiers: [] };
        const { verdicts } = report(run, { claims, charts });
        assert(verdicts.length > 0);
        (tasks[0] as OpenListsTask).dispose();
      }
    }
    (whole.experiment.tasks[0] as OpenListsTask).dispose();
  }));
