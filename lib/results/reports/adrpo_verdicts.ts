import type { MixtureTask } from "../../experiments/mixture_task.ts";
import type { Row } from "../../train/row.ts";
import { successInterval } from "../intervals.ts";
import { above, below, judge, type VerdictRow } from "../verdict.ts";
import { taskTitles } from "./mixture_panels.ts";
import {
  curveOf,
  distinct,
  diversityGain,
  meanFinite,
  where,
} from "./sweeps.ts";

export const ours = "ADRPO-FM";

const post = "seed post, ADRPO";

const paper = "Fan et al. 2025 (ADRPO), Table 1 in shape";

export function rivalVerdicts(
  rows: readonly Row[],
  tasks: readonly MixtureTask[],
): VerdictRow[] {
  const rivals = distinct<string>(rows, "method").filter((m) => m !== ours);
  return tasks.flatMap((task) => {
    const of = (method: string) => where(rows, { task, method });
    return rivals.flatMap((rival) => [
      judge({
        claim:
          `${ours} keeps more mode entropy at equal reward than ${rival} (${
            taskTitles[task]
          })`,
        source: paper,
        statistic: "mean difference over the common rewards (nats)",
        ...diversityGain(
          curveOf(of(ours), "modeEntropy"),
          curveOf(of(rival), "modeEntropy"),
        ),
        rule: above(0),
      }),
      judge({
        claim:
          `${ours} stays closer to the reference at equal reward than ${rival} (${
            taskTitles[task]
          })`,
        source: paper,
        statistic: "mean difference in sliced W2 over the common rewards",
        ...diversityGain(
          negated(curveOf(of(rival), "slicedW2")),
          negated(curveOf(of(ours), "slicedW2")),
        ),
        rule: below(0),
      }),
    ]);
  });
}

/** The curve with the sign of its upward axis turned: less is better. */
function negated(curve: ReturnType<typeof curveOf>): typeof curve {
  return {
    ...curve,
    points: curve.points.map((seeds) =>
      seeds.map(({ reward, diversity }) => ({ reward, diversity: -diversity }))
    ),
  };
}

export function mechanismVerdicts(
  all: readonly Row[],
  end: readonly Row[],
): VerdictRow[] {
  const rows = where(end, { task: "graded", method: ours });
  const middle = distinct<number>(rows, "beta")[1];
  const picked = where(rows, { beta: middle });
  const path = where(all, { task: "graded", method: ours, beta: middle });
  const shift = meanFinite(
    path.map(({ betaMean, beta }) => (betaMean as number) - (beta as number)),
  );
  return [
    judge({
      claim: "When all samples are poor, beta_eff rises as a whole",
      source: `${post}, What Emerges in Practice`,
      statistic: "mean of beta_eff minus beta0, all evaluations",
      ...shift,
      rule: above(1e-3),
    }),
    judge({
      claim: "Good samples are regularised less than bad ones",
      source: post,
      statistic: `mean of b |v - vRef|^2, good minus bad, beta0 ${middle}`,
      ...meanFinite(
        picked.map(({ pullGood, pullBad }) =>
          (pullGood as number) - (pullBad as number)
        ),
      ),
      rule: below(0),
    }),
    judge({
      claim:
        "What acts is Cov(A, D): samples far from the reference are the good ones",
      source: "science: E[(beta0 - A) D] = beta0 E[D] - Cov(A, D)",
      statistic: `Cov(A, D), beta0 ${middle}`,
      ...meanFinite(picked.map(({ covariance }) => covariance as number)),
      rule: above(0),
    }),
  ];
}

export function stabilityVerdicts(
  rows: readonly Row[],
  tasks: readonly MixtureTask[],
): VerdictRow[] {
  return tasks.map((task) => {
    const shares = [ours, "advantage weighting"].map((method) => {
      const arm = where(rows, { task, method });
      return distinct<number>(arm, "seed").map((seed) => {
        const runs = where(arm, { seed });
        return runs.filter(blewUp).length / runs.length;
      });
    });
    return judge({
      claim:
        `${ours} is more stable than a fixed beta at the same coefficients (${
          taskTitles[task]
        })`,
      source: `${post}, stabilise`,
      statistic:
        "share of the sweep that diverged or left the plane of the data, ADRPO minus fixed",
      ...meanFinite(shares[0].map((share, i) => share - shares[1][i])),
      rule: below(0),
    });
  });
}

/** Marked as diverged, or samples farther apart than three times the data's. */
export const blewUp = ({ alive, pairwiseDistance }: Row) =>
  !alive || !((pairwiseDistance as number) < 7);

export function controlVerdicts(
  rows: readonly Row[],
  tasks: readonly MixtureTask[],
): VerdictRow[] {
  const claims = {
    "control: shuffled": "which samples are good matters, not only unevenness",
    "control: |A|": "the sign of A matters, not only its size",
    "control: sign flipped": "the direction of the adaptation matters",
    "control: positive only": "bidirectional signals matter",
    [`${ours}, clipped at ±beta0`]: "clipping at ±beta0 costs diversity",
    [`${ours}, beta_eff ≥ 0`]: "keeping beta_eff ≥ 0 costs diversity",
  };
  return tasks.flatMap((task) =>
    Object.entries(claims).map(([control, meaning]) => {
      const base = where(rows, { task, method: ours });
      const other = where(rows, { task, method: control });
      const rule = above(0);
      const claim = `${meaning} (${taskTitles[task]})`;
      const lost = other.filter(blewUp);
      const without = lost.length > 0
        ? `, beta0 ${distinct<number>(lost, "beta").join(", ")} left out`
        : "";
      const statistic =
        `mode entropy at equal reward, ${ours} minus ${control}${without}`;
      const sound = other.filter(({ beta }) =>
        !lost.some((row) => row.beta === beta)
      );
      if (distinct<number>(sound, "beta").length < 2) { // No curve to compare.
        return judge({
          claim: `${meaning}: without it training diverges (${
            taskTitles[task]
          })`,
          source: "controls",
          statistic: `share of the sweep that diverged, ${control}`,
          ...successInterval(lost.length, other.length),
          rule: above(0.1),
        });
      }
      const gain = diversityGain(
        curveOf(base, "modeEntropy"),
        curveOf(sound, "modeEntropy"),
      );
      return judge({ claim, source: "controls", statistic, ...gain, rule });
    })
  );
}
