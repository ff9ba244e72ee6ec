import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { judgeClaims, type VerdictRow } from "../../lib/results/claims.ts";
import {
  spokenAdapters,
  spokenArms,
  spokenNumbersStudy,
} from "../../lib/study/spoken_numbers.ts";
import { type SpokenTask } from "../../lib/tracks/spoken_numbers.ts";
import { type Row } from "../../lib/train/row.ts";
import { withStart } from "./with_start.ts";

/** Runs a test on the study of a tiny model. */
const withStudy = (
  body: (
    study: Awaited<ReturnType<typeof spokenNumbersStudy>>,
  ) => void | Promise<void>,
) =>
  withStart(async (model, start) => {
    const reference = { model, base: model, start, dispose() {} };
    const study = await spokenNumbersStudy(reference, "full");
    await body(study);
    for (const task of study.experiment.tasks as SpokenTask[]) task.dispose();
  });

/** Rows of every setting: a front that falls with the reward, higher by `gain` of a method. */
function rowsOf(gain: Readonly<Record<string, number>>): Row[] {
  return ["sums of a number", "result of a sum"].flatMap((task) =>
    spokenArms.flatMap(({ method: { name }, grid }) =>
      grid.flatMap((coefficient) =>
        [0, 1, 2, 3, 4].flatMap((seed) =>
          [0, 60].map((iteration): Row => {
            const reward = iteration === 0 ? 0.4 : 1 / (1 + coefficient);
            return {
              ...{ task, method: name, coefficient, seed, iteration },
              ...{ alive: true, reward, rewardHeldOut: reward - 0.1 },
              answers: 6 - 5 * reward + (gain[name] ?? 0) + 0.01 * seed,
              accuracyHeldOut: reward - 0.2,
              overconfidenceHeldOut: 0.2 + (iteration === 0 ? -0.1 : 0),
            };
          })
        )
      )
    )
  );
}

Deno.test("each claim measures what it says, and a planted gain of ADRPO turns its verdict", () =>
  withStudy(({ experiment, claims }) => {
    const tasks = Object.fromEntries(
      experiment.tasks.map(({ name, title = name }) => [name, title]),
    );
    const methods = Object.fromEntries(
      spokenArms.map(({ method: { name, coefficient } }) => [
        name,
        { coefficient },
      ]),
    );
    const judged = (gain: Record<string, number>) =>
      judgeClaims(claims, { rows: rowsOf(gain), tasks, methods });
    const of = (rows: VerdictRow[], claim: string, at = "") =>
      rows.find((row) => row.claim.startsWith(claim) && row.case.includes(at))!;
    const [ours, sign] = [
      "ADRPO-GRPO, exact KL",
      "control: sign flipped, exact KL",
    ];
    const same = judged({});
    const better = judged({ [ours]: 1, [sign]: 0.25 });
    const keeps = "ADRPO keeps more right answers at equal reward";
    assertAlmostEquals(of(same, keeps, ours).value, 0, 1e-9);
    assertAlmostEquals(of(better, keeps, ours).value, 1, 1e-9);
    assertEquals(of(better, keeps, ours).verdict, "holds");
    assertAlmostEquals(of(better, "The sign").value, 0.75, 1e-9);
    // At beta 0 the reward goes from 0.4 to 1, and 6 - 5 answers are left.
    assertAlmostEquals(
      of(same, "Without regularisation the reward").value,
      0.6,
    );
    assertAlmostEquals(
      of(same, "Without regularisation the policy").value,
      1.02,
    );
    assertAlmostEquals(of(same, "Without regularisation the model").value, 0.1);
    assertAlmostEquals(of(same, "Training helps").value, 0.6);
    assert(same.every(({ n }) => n === 5));
  }));

Deno.test("the study has the paper's coefficient and clips, and keeps settings that it runs", () =>
  withStudy(({ experiment: { arms, tasks, seeds } }) => {
    assertEquals(seeds.length, 5);
    const names = arms.map(({ method }) => method.name);
    for (const clip of ["±0.5 beta0", "±beta0", "±2 beta0"]) {
      assert(names.includes(`ADRPO-GRPO, ${clip}, exact KL`), clip);
    }
    assert(arms.every(({ grid }) => grid.includes(0.04)));
    for (const { task, method, coefficient } of Object.values(spokenAdapters)) {
      assert(tasks.some(({ name }) => name === task));
      const found = arms.find((arm) => arm.method.name === method);
      assert(found?.grid.includes(coefficient), method);
    }
  }));
