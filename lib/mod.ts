/**
 * The kit: reward fine-tuning of generative models, and what it does to their
 * diversity. This is its only public door.
 *
 * @module
 */

export * from "./tf/mod.ts";
export {
  compile,
  type Compiled,
  type CompiledStep,
  type CompileOptions,
  loop,
} from "./compile/mod.ts";
export * from "./data/mod.ts";
export * from "./models/mod.ts";
export * from "./paths/mod.ts";
export * from "./samplers/mod.ts";
export * from "./rewards/mod.ts";
export * from "./metrics/mod.ts";
export * from "./losses/mod.ts";

// train
export { adamUpdate, initAdam } from "./train/adam.ts";
export type { AdamOptions, AdamState, AdamUpdate } from "./train/adam.ts";
export { freezeDiverged } from "./train/freeze.ts";
export type { Row } from "./train/row.ts";
export { joinState, stateGroup } from "./train/state.ts";
export type { State } from "./train/state.ts";
export { train } from "./train/train.ts";
export type { Step, TrainOptions, TrainResult } from "./train/train.ts";
export { valueAndGrads } from "./train/value_and_grads.ts";
export type { ValueAndGrads } from "./train/value_and_grads.ts";

// experiments
export { currentScale, parseScale, type Scale } from "./experiments/scale.ts";
export { type Sweep, sweepMembers } from "./experiments/sweep.ts";

// results
export { bootstrap, type Estimate, resamples } from "./results/bootstrap.ts";
export {
  meanInterval,
  pairedDifference,
  successInterval,
} from "./results/intervals.ts";
export {
  areaBetween,
  diversityAtReward,
  hypervolume,
  paretoFront,
  type Point,
} from "./results/fronts.ts";
export {
  overSeeds,
  type SweepColumns,
  type SweepCurve,
  sweepCurve,
} from "./results/sweep_curve.ts";
export {
  above,
  below,
  type Claim,
  judge,
  type Rule,
  type Verdict,
  type VerdictRow,
  within,
} from "./results/verdict.ts";
export type { TableRow } from "./results/table_row.ts";
export { table } from "./results/table.ts";
export { readCsv, writeCsv } from "./results/csv.ts";
export { summarise } from "./results/summarise.ts";
export { formatInterval, formatNumber } from "./results/format.ts";
export { type SeriesStyle, seriesStyle, translucent } from "./results/theme.ts";
export {
  type Figure,
  figure,
  type FigureOptions,
  type Trace,
} from "./results/figure.ts";
export { type Panel, panels, type PanelsOptions } from "./results/panels.ts";
export {
  pictureGrid,
  type PictureGridOptions,
  type PictureRow,
} from "./results/picture_grid.ts";
export {
  lineWithBand,
  type SeriesOptions,
} from "./results/traces/line_with_band.ts";
export { pointsWithBars } from "./results/traces/points_with_bars.ts";
export {
  type FrontSeries,
  type FrontsOptions,
  frontsWithLabels,
} from "./results/traces/fronts_with_labels.ts";
export { exactLine } from "./results/traces/exact_line.ts";
export { barsWithIntervals } from "./results/traces/bars_with_intervals.ts";
export {
  histogram,
  type HistogramOptions,
} from "./results/traces/histogram.ts";
export { densityContours } from "./results/traces/density_contours.ts";
export { samplePoints } from "./results/traces/sample_points.ts";
export { renderPng, renderSvg } from "./results/render.ts";
export { loadFigure } from "./results/load_figure.ts";
export { saveFigure } from "./results/save_figure.ts";
export {
  type Progress,
  progress,
  progressLine,
  type ProgressState,
} from "./results/progress.ts";
export { type Environment, environment } from "./results/environment.ts";
export type {
  ExperimentRecord,
  Headline,
  KeptExperiment,
} from "./results/experiment_record.ts";
export { saveExperiment } from "./results/save_experiment.ts";
export { loadExperiment } from "./results/load_experiment.ts";
export { keepRun } from "./results/keep_run.ts";
export {
  compareHeadlines,
  type Comparison,
} from "./results/compare_headlines.ts";
export { pretrain } from "./experiments/pretrain.ts";
export {
  digitAutoencoder,
  digitClassifier,
  digitFlow,
  loadPretrained,
  mixtureFlow,
  type ModelName,
  savePretrained,
} from "./experiments/pretrained.ts";
export { adrpo } from "./experiments/adrpo.ts";
export { evenDigits } from "./experiments/digits.ts";
export {
  type DigitModels,
  digitsTask,
  loadDigitModels,
} from "./experiments/digits_task.ts";
export { type Fit, fit } from "./experiments/fit.ts";
export { fixedBeta } from "./experiments/fixed_beta.ts";
export {
  adrpoArm,
  adrpoVariants,
  advantageArm,
  orwArm,
  raftArm,
} from "./experiments/flow_arms.ts";
export { mixtureScales } from "./experiments/flow_budget.ts";
export {
  adrpoFlow,
  advantageFlow,
  type Method,
  orwCfmW2,
  raft,
  type Surrogate,
  twoTermFlow,
} from "./experiments/methods.ts";
export {
  drawMixtureSamples,
  evaluateMixture,
  mixture,
  mixtureRewards,
  type MixtureTask,
  mixtureTask,
} from "./experiments/mixture_task.ts";
export { digitCollapse, modeCollapse } from "./experiments/mode_collapse.ts";
export {
  type FlowPolicy,
  initOnline,
  type OnlineBudget,
  onlineFlowStep,
} from "./experiments/online_flow.ts";
export type { ReportProgress, Run } from "./experiments/run.ts";
export {
  type Arm,
  type ArmsOptions,
  type ArmsResult,
  type FlowTask,
  runArms,
} from "./experiments/run_arms.ts";
export {
  drawPaths,
  measureSignals,
  type Paths,
} from "./experiments/signals.ts";
export { reportAdrpo } from "./results/reports/adrpo.ts";
export {
  reportDigitCollapse,
  reportEvenDigits,
} from "./results/reports/digits.ts";
export { reportFixedBeta } from "./results/reports/fixed_beta.ts";
export { reportModeCollapse } from "./results/reports/mode_collapse.ts";
export { claimsTable } from "./results/claims_table.ts";

// experiments, language
export { adrpoGrpoFronts } from "./experiments/adrpo_grpo.ts";
export {
  type AdrpoClip,
  adrpoGrpoArm,
  adrpoGrpoArms,
  controllerArm,
  divergenceArm,
  dpoArm,
  entropyArm,
  exactAdrpoArm,
  exactGrpoArm,
  grpoArm,
  plainGrpoArm,
  raftLanguageArm,
  runningBaselineArm,
} from "./experiments/language_arms.ts";
export { languageScales } from "./experiments/language_budget.ts";
export { languageCollapse } from "./experiments/language_collapse.ts";
export {
  adrpoGrpo,
  adrpoRunningBaseline,
  controlledGrpo,
  dpo,
  entropyBonus,
  exactDivergence,
  grpo,
  type LanguageMethod,
  leaveOneOut,
  raftLanguage,
  sequenceK2,
  type TokenDivergence,
  type TokenSignals,
} from "./experiments/language_methods.ts";
export {
  digitSumTask,
  languageCorpora,
  languageModel,
  type LanguagePolicyName,
} from "./experiments/language_models.ts";
export {
  disposeTask,
  type LanguageTask,
  measureLanguage,
  shortcutTask,
  sumTask,
} from "./experiments/language_task.ts";
export { localOptima } from "./experiments/local_optima.ts";
export {
  initOnlineLanguage,
  type LanguageBudget,
  type LanguagePolicy,
  onlineLanguageStep,
} from "./experiments/online_language.ts";
export { preferences } from "./experiments/preferences.ts";
export { pretrainLanguage } from "./experiments/pretrain_language.ts";
export {
  type LanguageArm,
  type LanguageArmsOptions,
  runLanguageArms,
} from "./experiments/run_language_arms.ts";

// results, language
export { reportAdrpoGrpo } from "./results/reports/adrpo_grpo.ts";
export { reportLanguageCollapse } from "./results/reports/language_collapse.ts";
export { reportLocalOptima } from "./results/reports/local_optima.ts";
export {
  reportPreferences,
  tableOfMethods,
} from "./results/reports/preferences.ts";
