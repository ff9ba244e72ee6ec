import { assertEquals } from "@std/assert";
import {
  loadStudy,
  type NamedStudy,
  readProtocols,
  studiesOf,
} from "../../lib/study/mod.ts";
import { mean } from "../../lib/results/rows.ts";

/** Where the protocol's plateau was not reached; data/README.md says so. */
const rising: Record<string, string[]> = {
  study_flow: [],
  study_language: [
    "digit sum: GRPO, JS",
    "digit sum: KL-Cov, share 0.02",
    "digit sum: Clip-Cov",
    "digit sum: DPO",
    "width 8: ADRPO-GRPO, exact KL",
    "width 8: GRPO, exact KL",
    "local optimum: ADRPO-GRPO, exact KL",
    "local optimum: GRPO, exact KL",
    "local optimum: GRPO",
    "local optimum: ADRPO-GRPO, quantile 0.9, exact KL",
    "stuck in it: GRPO, exact KL",
    "stuck in it: GRPO",
    "held-out sums: entropy bonus",
  ],
  study_flow_2: [],
  study_language_2: [
    "digit sum: control: beta0 + 1 A",
    "digit sum: control: beta0 + 1 A, k2",
    "width 4: ADRPO-GRPO, exact KL",
    "width 16: ADRPO-GRPO, exact KL",
  ],
};

/** How much the reward of a method's settings rises in the last sixth, in the mean. */
async function rises(
  { protocol, track }: NamedStudy,
): Promise<[name: string, rise: number][]> {
  const { iterations } = protocol.tracks[track].horizon;
  const { rows } = await loadStudy(protocol, track);
  const before = iterations * 5 / 6;
  const alive = rows.filter(({ alive, iteration }) =>
    alive && (iteration === iterations || iteration === before)
  );
  return [...Map.groupBy(alive, ({ task, method }) => `${task}: ${method}`)]
    .map(([name, own]) => {
      const at = (when: number) =>
        mean(
          own.filter(({ iteration }) => iteration === when)
            .map(({ reward }) => Number(reward)),
        );
      return [name, at(iterations) - at(before)];
    });
}

for (const study of studiesOf(await readProtocols())) {
  Deno.test(`${study.name} ends at a plateau, but for methods that are named`, async () => {
    const found = (await rises(study)).filter(([, rise]) => rise >= 0.02);
    const names = found.map(([name]) => name);
    assertEquals(names.sort(), rising[study.name].toSorted());
  });
}
