/**
 * Results: intervals, verdicts, tables and figures of rows. Nothing here runs a model.
 *
 * @module
 */

export { bootstrap, type Estimate, resamples } from "./bootstrap.ts";
export {
  meanInterval,
  pairedDifference,
  successInterval,
} from "./intervals.ts";
export {
  areaBetween,
  diversityAtReward,
  hypervolume,
  paretoFront,
  type Point,
} from "./fronts.ts";
export {
  overSeeds,
  type SweepColumns,
  type SweepCurve,
  sweepCurve,
} from "./sweep_curve.ts";
export {
  above,
  below,
  type Claim,
  judge,
  type Rule,
  type Verdict,
  type VerdictRow,
  within,
} from "./verdict.ts";
export type { TableRow } from "./table_row.ts";
export { table } from "./table.ts";
export { readCsv, writeCsv } from "./csv.ts";
export { summarise } from "./summarise.ts";
export { formatInterval, formatNumber } from "./format.ts";
export { type SeriesStyle, seriesStyle, translucent } from "./theme.ts";
export {
  type Figure,
  figure,
  type FigureOptions,
  type Trace,
} from "./figure.ts";
export { type Panel, panels, type PanelsOptions } from "./panels.ts";
export {
  pictureGrid,
  type PictureGridOptions,
  type PictureRow,
} from "./picture_grid.ts";
export {
  lineWithBand,
  type SeriesOptions,
} from "./traces/line_with_band.ts";
export { pointsWithBars } from "./traces/points_with_bars.ts";
export {
  type FrontSeries,
  type FrontsOptions,
  frontsWithLabels,
} from "./traces/fronts_with_labels.ts";
export { exactLine } from "./traces/exact_line.ts";
export { barsWithIntervals } from "./traces/bars_with_intervals.ts";
export {
  histogram,
  type HistogramOptions,
} from "./traces/histogram.ts";
export { densityContours } from "./traces/density_contours.ts";
export { samplePoints } from "./traces/sample_points.ts";
export { renderPng, renderSvg } from "./render.ts";
export { loadFigure } from "./load_figure.ts";
export { saveFigure } from "./save_figure.ts";
export {
  type Progress,
  progress,
  progressLine,
  type ProgressState,
} from "./progress.ts";
export { type Environment, environment } from "./environment.ts";
export type {
  ExperimentRecord,
  Headline,
  KeptExperiment,
} from "./experiment_record.ts";
export { saveExperiment } from "./save_experiment.ts";
export { loadExperiment } from "./load_experiment.ts";
export { keepRun } from "./keep_run.ts";
export {
  compareHeadlines,
  type Comparison,
} from "./compare_headlines.ts";
