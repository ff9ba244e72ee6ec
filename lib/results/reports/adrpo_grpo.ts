import type { Run } from "../../experiments/run.ts";
import type { SequenceFrontierPoint } from "../../metrics/sequence_frontier.ts";
import type { Row } from "../../train/row.ts";
import type { ExperimentRecord, Headline } from "../experiment_record.ts";
import type { Figure } from "../figure.ts";
import { meanInterval } from "../intervals.ts";
import type { TableRow } from "../table_row.ts";
import { above, judge, type VerdictRow, within } from "../verdict.ts";
import {
  digitSumFrontier,
  languageFronts,
  languageMetrics,
  languageStyle,
  leastGain,
} from "./language_panels.ts";
import {
  columnDifference,
  curveOf,
  distinct,
  diversityGain,
  lastRows,
  summariseAlive,
  where,
} from "./sweeps.ts";
import {
  adrpo,
  repaired,
  signals,
  signalsFigure,
  trainingFigure,
} from "./adrpo_grpo_figures.ts";

const rivals = ["GRPO, k3", "GRPO, exact KL", "KL controller", "entropy bonus"];

const compared = [...rivals, adrpo, repaired];

const clips = [
  adrpo,
  "ADRPO-GRPO, ±0.5 beta0",
  "ADRPO-GRPO, ±beta0",
  "ADRPO-GRPO, ±2 beta0",
  repaired,
  "ADRPO-GRPO, unclipped, exact KL",
  "ADRPO-GRPO, beta_eff ≥ 0, exact KL",
];

const source = "ADRPO, Fan et al. 2025";

/**
 * Reports ADRPO-GRPO beside its rivals: fronts, curves over training, and what its
 * adaptation does.
 *
 * @param run What {@linkcode adrpoGrpoFronts} returned.
 * @returns The record to show and to keep.
 */
export async function reportAdrpoGrpo(run: Run): Promise<ExperimentRecord> {
  const end = lastRows(run.rows);
  const summary = summariseAlive(end, {
    by: ["method", "beta"],
    metrics: [...languageMetrics, ...signals],
  });
  const frontier = await digitSumFrontier();
  const beta = commonBeta(end);
  return {
    experiment: run.experiment,
    scale: run.scale,
    config: run.config,
    rows: run.rows,
    summary,
    verdicts: [...frontVerdicts(end), ...signalVerdicts(run, beta)],
    headlines: [adrpo, "ADRPO-GRPO, ±beta0", repaired]
      .map((method) => gainHeadline(end, method)),
    figures: {
      adrpo_grpo_fronts: frontsFigure(summary, frontier, compared),
      adrpo_grpo_clips: frontsFigure(summary, frontier, [
        "GRPO, k3",
        ...clips.slice(0, 5),
      ]),
      adrpo_grpo_exact_kl: frontsFigure(summary, frontier, [
        "GRPO, k3",
        "GRPO, exact KL",
        ...[adrpo, repaired].flatMap((name) => [name, `${name}, exact KL`]),
      ]),
      adrpo_grpo_training: trainingFigure(run, beta),
      adrpo_grpo_signals: signalsFigure(run, beta),
    },
  };
}

/** The beta, and beta0, at which training is shown: the middle of the grid. */
function commonBeta(end: readonly Row[]): number {
  const grid = distinct<number>(where(end, { method: adrpo }), "beta");
  return grid[Math.floor((grid.length - 1) / 2)];
}

const gain = (end: readonly Row[], method: string, rival: string) =>
  diversityGain(
    curveOf(where(end, { method }), "entropy"),
    curveOf(where(end, { method: rival }), "entropy"),
  );

function gainHeadline(end: readonly Row[], method: string): Headline {
  return {
    name: `entropy at equal reward, ${method} less GRPO, k3`,
    ...gain(end, method, "GRPO, k3"),
    unit: "nats",
  };
}

function frontVerdicts(end: readonly Row[]): VerdictRow[] {
  const pairs = [
    ...[adrpo, repaired].flatMap((method) =>
      rivals.map((rival) => ({ method, rival }))
    ),
    { method: "ADRPO-GRPO, ±beta0", rival: "GRPO, k3" },
  ];
  const more = pairs.map(({ method, rival }) =>
    judge({
      claim: `${method} keeps more diversity at equal reward than ${rival}`,
      source,
      statistic:
        "mean difference of entropy over the rewards that both reach (nats)",
      ...gain(end, method, rival),
      rule: above(leastGain),
    })
  );
  return [
    ...more,
    judge({
      claim: "Unclipped ADRPO-GRPO reaches the reward of GRPO",
      source,
      statistic: "largest mean reward of the sweep, less that of GRPO, k3",
      ...rewardGain(end, adrpo, "GRPO, k3"),
      rule: above(-0.05),
    }),
    judge({
      claim: "Clipping beta_eff at 0 keeps more diversity at equal reward",
      source: "gradient of k3 at beta_eff < 0, see adrpoGrpoLoss",
      statistic: "mean difference of entropy, clipped less unclipped (nats)",
      ...gain(end, repaired, adrpo),
      rule: above(0),
    }),
    judge({
      claim: "Clipping beta_eff at 0 lets ADRPO-GRPO reach a higher reward",
      source: "gradient of k3 at beta_eff < 0, see adrpoGrpoLoss",
      statistic: "largest mean reward of the sweep, clipped less unclipped",
      ...rewardGain(end, repaired, adrpo),
      rule: above(0),
    }),
    judge({
      claim: "With the exact KL unclipped ADRPO-GRPO reaches a higher reward",
      source: "gradient of k3 at beta_eff < 0, see adrpoGrpoLoss",
      statistic: "largest mean reward of the sweep, exact KL less k3",
      ...rewardGain(end, `${adrpo}, exact KL`, adrpo),
      rule: above(0),
    }),
  ];
}

/** The difference of the rewards of two methods, each at its best setting. */
function rewardGain(end: readonly Row[], method: string, rival: string) {
  return columnDifference(best(end, method), best(end, rival), "reward");
}

function best(end: readonly Row[], method: string): Row[] {
  const rows = where(end, { method });
  const settings = distinct<number>(rows, "beta")
    .map((beta) => where(rows, { beta }));
  const meanReward = (setting: readonly Row[]) =>
    meanInterval(setting.map(({ reward }) => reward as number)).value;
  return settings.toSorted((a, b) => meanReward(b) - meanReward(a))[0];
}

function signalVerdicts(run: Run, beta: number): VerdictRow[] {
  const windows = run.rows.filter(({ iteration }) => iteration !== 0);
  const of = (column: string) => {
    const rows = where(windows, { method: adrpo, beta });
    return distinct<number>(rows, "seed").map((seed) => {
      const own = where(rows, { seed });
      return own.reduce((sum, row) => sum + (row[column] as number), 0) /
        own.length;
    });
  };
  return [
    judge({
      claim: "The mean of beta_eff is beta0 all through training",
      source: "identity of group-centred advantages",
      statistic: "mean of beta_eff over training, less beta0",
      ...meanInterval(of("betaMean").map((mean) => mean - beta)),
      rule: within(-0.01, 0.01),
    }),
    judge({
      claim:
        "It acts by a covariance: better answers are further from the reference",
      source: "E[(beta0 - A) D] = beta0 E[D] - Cov(A, D)",
      statistic: "mean of (r - mean r)(logp - logpRef) over training (nats)",
      ...meanInterval(of("covariance")),
      rule: above(0),
    }),
    judge({
      claim: "At one coefficient ADRPO-GRPO ends with more entropy than GRPO",
      source: `${source}, reward and entropy curves`,
      statistic: `entropy at the end, beta0 = beta = ${beta} (nats)`,
      ...columnDifference(
        where(lastRows(run.rows), { method: adrpo, beta }),
        where(lastRows(run.rows), { method: "GRPO, k3", beta }),
        "entropy",
      ),
      rule: above(0),
    }),
    judge({
      claim: "At one coefficient ADRPO-GRPO ends with no less reward than GRPO",
      source: `${source}, reward and entropy curves`,
      statistic: `expected reward at the end, beta0 = beta = ${beta}`,
      ...columnDifference(
        where(lastRows(run.rows), { method: adrpo, beta }),
        where(lastRows(run.rows), { method: "GRPO, k3", beta }),
        "reward",
      ),
      rule: above(-0.02),
    }),
  ];
}

function frontsFigure(
  summary: readonly TableRow[],
  frontier: readonly SequenceFrontierPoint[],
  methods: readonly string[],
): Figure {
  const series = methods.map((name) => ({
    name,
    style: languageStyle(name),
    rows: summary.filter(({ method }) => method === name),
  }));
  const title = "Each method over its own coefficient (labels), 95% intervals";
  return languageFronts(series, {
    metrics: ["entropy", "answers"],
    frontier,
    title,
  });
}
