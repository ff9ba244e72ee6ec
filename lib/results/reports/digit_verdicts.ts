import type { Row } from "../../train/row.ts";
import { above, judge, type VerdictRow } from "../verdict.ts";
import {
  columnDifference,
  curveOf,
  distinct,
  diversityGain,
  where,
} from "./sweeps.ts";
import { ours } from "./digit_figures.ts";

export const orw = "Fan et al. 2025 (ORW-CFM-W2), even digits";

export function evenVerdicts(
  end: readonly Row[],
  methods: readonly string[],
): VerdictRow[] {
  const rivals = methods.filter((method) => method !== ours);
  const measures = {
    effectiveClasses: "effective classes",
    pairwiseDistance: "mean pairwise pixel distance",
  };
  const fixed = methods.filter((method) => method.startsWith("ORW"))
    .map((method) => {
      const rows = where(end, { method });
      const betas = distinct<number>(rows, "beta");
      return judge({
        claim: `A larger beta keeps more kinds of digits (${method})`,
        source: `${orw}: beta 0 ends at all sixes, 0.8 at mixed evens`,
        statistic: `effective classes, beta ${betas.at(-1)} minus beta ${
          betas[0]
        }`,
        ...columnDifference(
          where(rows, { beta: betas.at(-1)! }),
          where(rows, { beta: betas[0] }),
          "effectiveClasses",
        ),
        rule: above(0),
      });
    });
  return [
    ...fixed,
    ...rivals.flatMap((rival) => {
      const curves = (column: string, sign = 1) =>
        [ours, rival].map((method) =>
          curveOf(
            where(end, { method }).map((row) => ({
              ...row,
              [column]: sign * (row[column] as number),
            })),
            column,
          )
        );
      const [a, b] = curves("nearestDistance", -1);
      return [
        ...Object.entries(measures).map(([column, name]) => {
          const [a, b] = curves(column);
          return judge({
            claim: `${ours} keeps more ${name} at equal reward than ${rival}`,
            source: "Fan et al. 2025 (ADRPO), Table 1 in shape",
            statistic: `mean difference in ${name} over the common rewards`,
            ...diversityGain(a, b),
            rule: above(0),
          });
        }),
        judge({
          claim:
            `${ours}'s digits are closer to real ones at equal reward than those of ${rival}`,
          source: "Fan et al. 2025 (ADRPO), Table 1 in shape",
          statistic:
            "mean difference in minus the distance to the nearest real digit",
          ...diversityGain(a, b),
          rule: above(0),
        }),
      ];
    }),
  ];
}
