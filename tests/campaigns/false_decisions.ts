/**
 * How often does a family of claims have a false verdict, and how often is each claim
 * decided? Simulates whole studies of known truth: methods by grid by seeds by
 * references, fronts, intervals, Holm, verdicts. `tests/results/false_decisions_test.ts`
 * is a small part of it. It is run by hand, minutes:
 *
 *     deno run --allow-read --allow-env tests/campaigns/false_decisions.ts --studies 2000
 *
 * @module
 */

import { parseArgs } from "node:util";
import {
  type Procedure,
  rates,
  type Study,
} from "../results/synthetic_study.ts";

const { values: flags } = parseArgs({
  options: { studies: { type: "string", default: "2000" } },
});
const studies = Number(flags.studies);

const truths: Record<string, number[]> = {
  "all 0": [0, 0, 0, 0, 0, 0],
  "at the margin": [1, -1, 1, -1, 1, -1],
  "mixed": [0, 0, 0, 1, 2, -2],
  "1 and 2": [1, 1, 1, 2, 2, 2],
};
const procedures: Procedure[] = [
  ...["as it is", "each claim alone", "seeds as references"] as const,
];
const percent = (share: number) => `${(100 * share).toFixed(1)}%`;

function row(
  truth: string,
  study: Omit<Study, "gains">,
  procedure: Procedure = "as it is",
) {
  const gains = truths[truth];
  const { falseStudies, power } = rates({ ...study, gains }, {
    studies,
    procedure,
    seed: 20261126,
  });
  const { references, seedsEach, referenceSpread } = study;
  return {
    ...{ truth, "references x seeds": `${references} x ${seedsEach}` },
    ...{ referenceSpread, procedure, "false": percent(falseStudies) },
    decided: gains.map((gain, i) => `${gain}: ${percent(power[i])}`).join(" "),
  };
}

const seedSpread = 0.6;
console.table(
  procedures.flatMap((procedure) =>
    ["all 0", "at the margin", "mixed"].flatMap((truth) =>
      [0, 0.3, 0.6, 1.5].map((referenceSpread) =>
        row(
          truth,
          { references: 4, seedsEach: 5, referenceSpread, seedSpread },
          procedure,
        )
      )
    )
  ),
);
console.table(
  [[4, 5], [5, 4], [10, 2]].flatMap(([references, seedsEach]) =>
    [0.1, 0.3, 0.6].map((referenceSpread) =>
      row("1 and 2", { references, seedsEach, referenceSpread, seedSpread })
    )
  ),
);
