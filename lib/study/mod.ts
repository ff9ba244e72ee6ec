/**
 * The study: how methods are tuned before they are compared, and the protocol by which
 * they are.
 *
 * - {@linkcode tune} picks learning rate and updates on exploration seeds;
 * - {@linkcode readProtocols} reads what was fixed before the first confirmatory run;
 * - {@linkcode confirmatoryRun} and {@linkcode protocolClaims} make its rows and claims
 *   ready for a report;
 * - {@linkcode studyExperiment} is the experiment that the protocol fixes, of the
 *   {@linkcode flowMethods} or {@linkcode languageMethods};
 * - {@linkcode textPicturesStudy} is the study of pictures from text.
 *
 * @module
 */

export { studyCharts } from "./charts.ts";
export {
  confirmatoryRun,
  type KeptStudy,
  loadStudies,
  loadStudy,
  type NamedStudy,
  studiesOf,
  studyName,
} from "./confirmatory.ts";
export { protocolClaims } from "./protocol_claims.ts";
export { explore, type Explored } from "./explore.ts";
export {
  doseChart,
  doseGains,
  type Gain,
  sizeGains,
  sizesChart,
} from "./gains_charts.ts";
export { flowMethods, languageMethods } from "./methods.ts";
export {
  type ClaimFamily,
  type Protocol,
  type ProtocolClaim,
  type StudyMethod,
  type StudyTask,
  type StudyTrack,
} from "./protocol.ts";
export { readProtocol, readProtocols } from "./read_protocol.ts";
export { byPrompt } from "./by_prompt.ts";
export { spreadBetweenSeeds } from "./spread_between_seeds.ts";
export {
  type StatisticInput,
  type StudyStatistic,
  studyStatistics,
} from "./statistics.ts";
export {
  listAdapters,
  openListsArms,
  openListsStudy,
  qwen2Steps,
} from "./open_lists.ts";
export {
  runTrackStudy,
  type StudyPart,
  type TrackStudy,
  type TrackStudyOptions,
} from "./track_study.ts";
export {
  spokenAdapters,
  spokenArms,
  spokenNumbersStudy,
} from "./spoken_numbers.ts";
export { studyExperiment, type StudyParts } from "./study_experiment.ts";
export { protocolTable } from "./tables.ts";
export {
  flowStudy,
  languageStudy,
  type StudiedTrack,
  studyMethods,
  studyRun,
  studyTasks,
} from "./tracks.ts";
export {
  bestSetting,
  firstStepsClaim,
  textPicturesClaims,
} from "./text_pictures_claims.ts";
export {
  picturesOfCaptions,
  textPicturesCharts,
} from "./text_pictures_charts.ts";
export {
  textPictures,
  textPicturesExperiment,
  textPicturesPart,
  textPicturesStudy,
} from "./text_pictures.ts";
export { workedSumsStudy } from "./worked_sums.ts";
export { compressibilityStudy } from "./compressibility.ts";
export { readTrials, type Trial, tune, type TuneOptions } from "./tune.ts";
