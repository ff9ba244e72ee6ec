import { type Run } from "../experiments/experiment.ts";
import { atScale, type Scale } from "../experiments/scale.ts";
import { seedList } from "../experiments/sweep.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { adrpo } from "../methods/adrpo.ts";
import { flow } from "../methods/families.ts";
import { arm } from "../methods/method.ts";
import { orwCfmW2 } from "../methods/orw_cfm_w2.ts";
import { type Claim } from "../results/claims.ts";
import { frontsChart } from "../results/fronts_chart.ts";
import { trainingChart } from "../results/lines_charts.ts";
import { lessBySeed } from "../results/per_seed.ts";
import { type ReportOptions } from "../results/report.ts";
import {
  atEnd,
  atStart,
  distinct,
  type TableRow,
  where,
} from "../results/rows.ts";
import { above, below } from "../results/rules.ts";
import { compareFronts } from "../results/sweeps.ts";
import { compressiblePicturesTask } from "../tracks/compressible_pictures.ts";
import { type PictureModels } from "../tracks/picture_models.ts";
import { pictureTitles } from "./text_pictures_charts.ts";
import { type TrackStudy } from "./track_study.ts";

const task = "small files";
const [orw, ours] = ["ORW-CFM-W2, tau 4", "ADRPO-FM"];
const free = { task, method: orw, coefficient: 0 };
/** The strongest W2 of the paper's own sweep: 0, 0.5 and 10. */
const held = { ...free, coefficient: 10 };
const paper = "ORW-CFM-W2, the compression of CIFAR-10";

/** The rows of the first window of training: the reward is known from its draws. */
function atFirst(rows: Run["rows"]): TableRow[] {
  const iterations = distinct<number>(rows, "iteration").filter(Boolean);
  return where(rows, { iteration: Math.min(...iterations) });
}

/** A column at the strongest penalty less that without one. */
const heldLessFree = (column: string): Claim["measure"] => (rows) =>
  lessBySeed(where(atEnd(rows), held), where(atEnd(rows), free), column);

const claims: readonly Claim[] = [{
  claim: "The files become smaller",
  quotes: `${paper}: "compressibility"`,
  statistic:
    "kilobytes fewer in the last iterations of training than in the first ones",
  rule: above(0),
  cases: [free, { task, method: ours, coefficient: 0.03 }],
  measure: (rows, at) =>
    lessBySeed(where(atEnd(rows), at), where(atFirst(rows), at), "reward"),
}, {
  claim: "Without regularisation diversity falls",
  quotes: 'Post, The Diversity Collapse Problem: "mode collapse"',
  statistic: "distance of two pictures of a caption, end less start",
  rule: below(0),
  cases: [free],
  measure: (rows, at) =>
    lessBySeed(where(atEnd(rows), at), where(atStart(rows), at), "distance"),
}, {
  claim: "A W2 penalty keeps diversity",
  quotes: `${paper}: the sweep of beta`,
  statistic: "distance of two pictures of a caption, beta 10 less beta 0",
  rule: above(0),
  cases: [held],
  measure: heldLessFree("distance"),
}, {
  claim: "A W2 penalty keeps what the caption asks",
  quotes: `${paper}: the sweep of beta`,
  statistic: "how often both halves are right, beta 10 less beta 0",
  rule: above(0),
  cases: [held],
  measure: heldLessFree("right"),
}, {
  claim: "ADRPO keeps pictures farther apart at equal size of files",
  quotes: 'ADRPO, Table 1: "SD3+ADRPO" first in reward and in diversity',
  statistic: "distance of two pictures over the common rewards, less rival",
  rule: above(0),
  cases: [{ task, method: ours, rival: orw }],
  measure: (rows, { method, rival }) =>
    compareFronts(
      where(atEnd(rows), { task, method }),
      where(atEnd(rows), { task, method: rival }),
      { diversity: "distance", least: 0.02 },
    ),
}];

const charts: ReportOptions["charts"] = {
  fronts: (run) =>
    frontsChart(run, {
      y: pictureTitles("distance", "right"),
      title: "Smaller files: what becomes of diversity, and of the caption?",
    }),
  training: (run) =>
    trainingChart(run, {
      y: pictureTitles("reward", "distance", "right", "flaw"),
    }),
};

/**
 * The study of small files: ORW-CFM-W2 over its paper's own coefficients, and ADRPO-FM, on
 * a reward that only the host can compute. None is tuned: both have one learning rate.
 *
 * @param models The models; they stay.
 * @param scale How large it is: `laptop` is what is kept: minutes on a GPU, half an hour of a
 * core without one.
 * @returns What to run and to report.
 *
 * @example
 * ```ts
 * import { compressibilityStudy, disposePictureModels, loadPictureModels } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const models = await loadPictureModels();
 * const { experiment } = compressibilityStudy(models, "laptop");
 * assertEquals(experiment.arms[0].grid, [0, 0.5, 10]);
 * disposePictureModels(models);
 * ```
 */
export function compressibilityStudy(
  models: PictureModels,
  scale: Scale,
): TrackStudy<FlowVelocities> {
  const at = <T>(values: Record<Scale, T>) => atScale(values, scale);
  return {
    experiment: {
      name: "compressibility",
      scale,
      tasks: [compressiblePicturesTask(models)],
      arms: [
        arm(orwCfmW2({ tau: 4 }), [0, 0.5, 10]),
        arm(adrpo(flow), [0.01, 0.03, 0.1, 0.3]),
      ],
      seeds: seedList(at({ smoke: 1, laptop: 5, full: 10 })),
      budget: {
        iterations: at({ smoke: 2, laptop: 30, full: 60 }),
        evaluateEvery: at({ smoke: 1, laptop: 10, full: 10 }),
        evaluationSamples: at({ smoke: 2, laptop: 8, full: 8 }),
        perContext: at({ smoke: 2, laptop: 4, full: 8 }),
        ...{ updates: 2, learningRate: 5e-4, clipNorm: 1, divergedAbove: 1e6 },
      },
    },
    claims,
    charts,
  };
}
