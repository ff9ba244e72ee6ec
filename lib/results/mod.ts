/**
 * Results: intervals, claims, tables and charts of any run. Nothing here runs a model.
 *
 * What one needs first:
 *
 * - {@linkcode report} judges the claims of a run, draws its charts and sums it up;
 * - {@linkcode Claim} is what a report judges;
 * - {@linkcode compareFronts} measures a claim on two methods at equal reward;
 * - {@linkcode frontsChart} draws what each coefficient buys and costs;
 * - {@linkcode verdicts} shows the judged claims of a report as a table.
 *
 * @module
 */

export {
  atEnd,
  atStart,
  distinct,
  mean,
  type TableRow,
  where,
} from "./rows.ts";
export {
  bootstrap,
  type Estimate,
  meanInterval,
  pairedDifference,
  resamples,
  successInterval,
} from "./statistics.ts";
export {
  eachSeed,
  estimate,
  lessBySeed,
  pairedBySeed,
  type PerSeed,
} from "./per_seed.ts";
export { successDifference, successRate } from "./success_shares.ts";
export {
  intervalAt,
  intervalOverReferences,
  pseudoValues,
} from "./references.ts";
export {
  areaBetween,
  diversityAtReward,
  hypervolume,
  paretoFront,
  type Point,
} from "./fronts.ts";
export {
  compareFronts,
  type CompareFrontsOptions,
  compareHypervolumes,
  type CompareHypervolumesOptions,
  overTraining,
} from "./sweeps.ts";
export {
  overSeeds,
  type SweepColumns,
  type SweepCurve,
  sweepCurve,
} from "./sweep_curves.ts";
export {
  above,
  below,
  type Rule,
  type RuleOptions,
  type Verdict,
  within,
} from "./rules.ts";
export { familyLevel, judge, type Judged, type Measured } from "./judge.ts";
export {
  type Case,
  type Claim,
  judgeClaims,
  type VerdictRow,
} from "./claims.ts";
export { shortVerdicts, verdictMatrix } from "./verdict_tables.ts";
export {
  type ExperimentRecord,
  type KeptExperiment,
  report,
  type ReportOptions,
  verdicts,
} from "./report.ts";
export {
  compareVerdicts,
  type Comparison,
  keepRun,
  loadExperiment,
} from "./kept_experiments.ts";
export { loadRun, saveRun } from "./kept_run.ts";
export { saveExperiment } from "./save_experiment.ts";
export { summarise, summariseAlive } from "./summarise.ts";
export { table } from "./table.ts";
export { readCsv, writeCsv } from "./csv.ts";
export { formatInterval, formatNumber } from "./format.ts";
export {
  type Figure,
  figure,
  type FigureOptions,
  type Trace,
} from "./figure.ts";
export { type Panel, panels, type PanelsOptions } from "./panels.ts";
export {
  type ChartOptions,
  type Columns,
  columnTitles,
} from "./chart_parts.ts";
export { frontsChart, type FrontsChartOptions } from "./fronts_chart.ts";
export { barsChart, type BarsChartOptions } from "./bars_chart.ts";
export {
  sweepChart,
  type SweepChartOptions,
  trainingChart,
  type TrainingChartOptions,
} from "./lines_charts.ts";
export {
  closestOnFrontier,
  halfWay,
  sharesChart,
  type SharesChartOptions,
} from "./shares_chart.ts";
export {
  answersChart,
  type AnswersChartOptions,
  picturesChart,
  type PicturesChartOptions,
  samplesChart,
  type SamplesChartOptions,
} from "./shown_charts.ts";
export {
  colorPictureGrid,
  type ColorPictureGridOptions,
  type ColorPictureRow,
  pictureGrid,
  type PictureGridOptions,
  type PictureRow,
} from "./pictures.ts";
export {
  barsWithIntervals,
  exactLine,
  lineWithBand,
  pointsWithBars,
  type SeriesOptions,
} from "./traces.ts";
export {
  densityContours,
  histogram,
  type HistogramOptions,
  samplePoints,
} from "./sample_traces.ts";
export {
  type FrontSeries,
  type FrontsOptions,
  frontsWithLabels,
  type View,
} from "./labelled_fronts.ts";
export { type SeriesStyle, seriesStyle, translucent } from "./theme.ts";
export { renderPng, renderSvg } from "./render.ts";
export { loadFigure, saveFigure } from "./figure_files.ts";
export {
  type Progress,
  progress,
  progressLine,
  type ProgressState,
} from "./progress.ts";
export { liveLog, type LiveLogOptions } from "./live_log.ts";
export { type ClipTable, clipTable, type ShownClip } from "./clip_table.ts";
export { sampleTable } from "./sample_table.ts";
export { tensorBoard } from "./tensor_board.ts";
export { type Environment, environment } from "./environment.ts";
