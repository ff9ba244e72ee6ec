import { columnsToRows } from "../experiments/columns.ts";
import { type Experiment, type Run } from "../experiments/experiment.ts";
import { atScale, type Scale } from "../experiments/scale.ts";
import { seedList } from "../experiments/sweep.ts";
import { type FlowVelocities } from "../losses/flow_losses.ts";
import { adrpo } from "../methods/adrpo.ts";
import { diffusionDpo } from "../methods/diffusion_dpo.ts";
import { diffusionNft } from "../methods/diffusion_nft.ts";
import { flow } from "../methods/families.ts";
import { arm } from "../methods/method.ts";
import { orwCfmW2 } from "../methods/orw_cfm_w2.ts";
import { raft } from "../methods/raft.ts";
import { selfTraining } from "../methods/self_training.ts";
import { type PictureModels } from "../tracks/picture_models.ts";
import { measureRenders } from "../tracks/text_picture_measures.ts";
import { textPicturesTask } from "../tracks/text_pictures.ts";
import { tf } from "../tf/backend.ts";
import { type Row } from "../train/row.ts";
import { textPicturesCharts } from "./text_pictures_charts.ts";
import { firstSteps, textPicturesClaims } from "./text_pictures_claims.ts";
import { type TrackStudy, tuneRate } from "./track_study.ts";
import { type Trial } from "./tune.ts";

/** The name of the study, and of its kept results. */
export const textPictures = "study_text_pictures";

const onBoth = ["small net", "large net"];
const onSmall = ["small net"];

/**
 * The study of pictures from text: every method over a grid of its own coefficient, on the
 * small flow, and ADRPO-FM and ORW-CFM-W2 on the large one. At scale `laptop` it takes
 * minutes on a GPU, and half a day of a core without one; `full` has longer training and
 * more seeds.
 *
 * @param models The models; they stay.
 * @param scale How large it is.
 * @returns The experiment; see {@linkcode textPicturesStudy}.
 */
export function textPicturesExperiment(
  models: PictureModels,
  scale: Scale,
): Experiment<FlowVelocities> {
  const at = <T>(values: Record<Scale, T>) => atScale(values, scale);
  const grid = (values: number[]) =>
    scale === "smoke" ? [values[0], values.at(-1)!] : values;
  return {
    name: textPictures,
    scale,
    tasks: [
      textPicturesTask(models, "small"),
      textPicturesTask(models, "large"),
    ],
    arms: [
      arm(selfTraining(flow), [0], { on: onSmall }),
      arm(raft(flow, { keep: 2 }), grid([0, 0.1, 0.3, 1]), { on: onSmall }),
      arm(diffusionDpo, grid([1, 10, 100, 1000]), { on: onSmall }),
      arm(orwCfmW2({ tau: 4 }), grid([0, 1, 3, 10]), { on: onBoth }),
      arm(orwCfmW2({ tau: 4, centred: true }), grid([2.5, 5, 10, 20]), {
        on: onSmall,
      }),
      arm(adrpo(flow), grid([0.03, 0.06, 0.12, 0.24, 0.48]), { on: onBoth }),
      arm(diffusionNft(), grid([0.1, 0.3, 1, 3]), { on: onSmall }),
    ],
    seeds: seedList(at({ smoke: 2, laptop: 5, full: 10 })),
    budget: {
      iterations: at({ smoke: 2, laptop: 42, full: 140 }),
      evaluateEvery: at({ smoke: 2, laptop: 14, full: 14 }),
      evaluationSamples: at({ smoke: 2, laptop: 8, full: 8 }),
      perContext: at({ smoke: 2, laptop: 8, full: 8 }),
      ...{ updates: 2, learningRate: 5e-4, clipNorm: 1, divergedAbove: 1e6 },
    },
  };
}

/** The learning rates that are tried for every method. */
const rates = [5e-5, 1.5e-4, 5e-4, 1.5e-3];

/**
 * The study of pictures from text, as {@linkcode runTrackStudy} runs it: the learning rate
 * of every method is tuned by one rule on the small flow. Beside the methods are the rows
 * `base`, the flows before fine-tuning, and real pictures: `renders` and `renders, decoded`.
 *
 * @param models The models; they stay.
 * @param scale How large it is.
 * @returns The study.
 *
 * @example
 * ```ts
 * import { disposePictureModels, loadPictureModels, textPicturesStudy } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const models = await loadPictureModels();
 * const { experiment } = textPicturesStudy(models, "smoke");
 * assertEquals(experiment.tasks.map(({ name }) => name), ["small net", "large net"]);
 * disposePictureModels(models);
 * ```
 */
export function textPicturesStudy(
  models: PictureModels,
  scale: Scale,
): TrackStudy<FlowVelocities> {
  const experiment = textPicturesExperiment(models, scale);
  return {
    experiment,
    tuning: tuneRate(experiment, rates, "styles"),
    claims: textPicturesClaims,
    charts: textPicturesCharts,
    complete: (run) => withStarts(models, experiment, run),
  };
}

/**
 * A part of the study, to be run again: ADRPO-FM at one coefficient with all of its seeds,
 * for the first evaluation's iterations, on the small flow.
 *
 * @param models The models; they stay.
 * @param scale How large it is: `smoke` is one seed and one iteration.
 * @param trials How the methods were tuned, of the kept study.
 * @returns The experiment.
 *
 * @example
 * ```ts
 * import { disposePictureModels, loadPictureModels, textPicturesPart } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const models = await loadPictureModels();
 * const { arms } = textPicturesPart(models, "smoke", []);
 * assertEquals(arms[0].grid, [0.12]);
 * disposePictureModels(models);
 * ```
 */
export function textPicturesPart(
  models: PictureModels,
  scale: Scale,
  trials: readonly Trial[],
): Experiment<FlowVelocities> {
  const smoke = scale === "smoke";
  const whole = textPicturesExperiment(models, smoke ? "smoke" : "laptop");
  const { name } = adrpo(flow);
  const chosen = trials.find(({ method, chosen }) => chosen && method === name);
  const steps = smoke ? 1 : firstSteps.iterations;
  return {
    ...whole,
    ...{ name: "part_text_pictures", scale },
    seeds: smoke ? [0] : whole.seeds,
    tasks: whole.tasks.slice(0, 1),
    arms: [
      arm(adrpo(flow), [firstSteps.coefficient], {
        tuned: { learningRate: chosen?.learningRate },
      }),
    ],
    budget: { ...whole.budget, iterations: steps, evaluateEvery: steps },
  };
}

/**
 * Adds the flows before fine-tuning, and real pictures. They have no seeds: each seed gets
 * the same row, to be compared with its own.
 */
async function withStarts(
  models: PictureModels,
  { tasks, seeds, budget }: Experiment<FlowVelocities>,
  whole: Run,
): Promise<Run> {
  const { evaluationSamples: samples, iterations: iteration } = budget;
  const rows: Row[] = [];
  const add = (task: string, method: string, columns: Row) => {
    const at = { task, method, coefficient: 0, iteration, alive: true };
    rows.push(...seeds.map((seed) => ({ ...at, seed, ...columns })));
  };
  for (const { name, policy, measure } of tasks) {
    const [{ member: _, ...columns }] = await columnsToRows(tf.tidy(() => {
      const params = policy.init(1);
      const coefficient = tf.zeros([1, 1, 1]);
      return measure(params, { coefficient, samples, done: true });
    }));
    add(name, "base", columns);
  }
  const renders = await columnsToRows(measureRenders(models, samples));
  for (const [i, { member: _, ...columns }] of renders.entries()) {
    add(tasks[0].name, ["renders", "renders, decoded"][i], columns);
  }
  const names = [...new Set([...whole.rows, ...rows].flatMap(Object.keys))];
  return {
    ...whole,
    rows: [...whole.rows, ...rows].map((row) =>
      Object.fromEntries(names.map((name) => [name, rounded(row[name])]))
    ),
    methods: {
      ...whole.methods,
      base: { coefficient: "none" },
      renders: { coefficient: "none" },
      "renders, decoded": { coefficient: "none" },
    },
  };
}

/** Numbers to the seven digits that float32 has; `NaN` for what a row does not have. */
const rounded = (value: Row[string] = NaN): Row[string] =>
  typeof value === "number" ? Number(value.toPrecision(7)) : value;
