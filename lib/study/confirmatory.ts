import { join } from "node:path";
import type { Run } from "../experiments/experiment.ts";
import { joinRuns } from "../experiments/join_runs.ts";
import { dataDir } from "../data/files.ts";
import { loadExperiment } from "../results/kept_experiments.ts";
import type { KeptExperiment } from "../results/report.ts";
import type { TableRow } from "../results/rows.ts";
import type { Row } from "../train/row.ts";
import { methodsOn, type Protocol, type StudyTrack } from "./protocol.ts";

/**
 * The name of the experiment that holds a track's confirmatory results, in
 * `data/results/`.
 *
 * @param track The name of the track.
 * @param version The version of the protocol that fixes it; 1 when left out.
 * @returns The name, which ends in the version from the second on.
 *
 * @example
 * ```ts
 * import { studyName } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(studyName("flow"), "study_flow");
 * assertEquals(studyName("flow", 2), "study_flow_2");
 * ```
 */
export const studyName = (track: string, version = 1): string =>
  `study_${track}${version === 1 ? "" : `_${version}`}`;

/** The track of a protocol that an experiment holds; see {@linkcode studyName}. */
export interface NamedStudy {
  readonly name: string;
  readonly protocol: Protocol;
  readonly track: string;
}

/**
 * The studies that protocols fix, one a track, under the names of their results.
 *
 * @param protocols The protocols; see {@linkcode readProtocols}.
 * @returns The studies, those of a protocol one after the other.
 */
export const studiesOf = (protocols: readonly Protocol[]): NamedStudy[] =>
  protocols.flatMap((protocol) =>
    Object.keys(protocol.tracks).map((track) => ({
      ...{ protocol, track },
      name: studyName(track, protocol.version),
    }))
  );

/**
 * The confirmatory run of a track, which {@linkcode report} judges and `saveExperiment`
 * keeps, under its {@linkcode studyName} and with the protocol's hash in its config.
 *
 * The rows must be all that the protocol asks for, and nothing else: each method at
 * each coefficient of its grid, with each confirmation seed of each reference, from the
 * start to the horizon.
 *
 * @param protocol The protocol.
 * @param track The name of the track.
 * @param runs What {@linkcode run} left, in one part or more, such as one a task. Their
 * rows name the `reference` that they start from, see {@linkcode overReferences}.
 * @returns The run.
 * @throws {RangeError} If a row is missing, or is none of the protocol's, such as one of
 * an exploration seed.
 *
 * @example
 * ```ts
 * import { confirmatoryRun, readProtocol } from "kit";
 * import { assertThrows } from "@std/assert";
 *
 * const protocol = await readProtocol();
 * // const study = confirmatoryRun(protocol, "flow", [await run(experiment)]);
 * // const claims = protocolClaims(protocol, "flow");
 * // await saveExperiment(report(study, { claims, charts }));
 * assertThrows(() => confirmatoryRun(protocol, "flow", []), RangeError);
 * ```
 */
export function confirmatoryRun(
  protocol: Protocol,
  track: string,
  runs: readonly Run[],
): Run {
  const own = protocol.tracks[track];
  if (!own || runs.length === 0) {
    throw new RangeError(
      `Expected runs of a track of ${
        Object.keys(protocol.tracks).join(", ")
      }, got ${runs.length} of "${track}"`,
    );
  }
  const frame = {
    experiment: studyName(track, protocol.version),
    scale: runs[0].scale,
    config: {
      protocol: protocol.hash,
      runs: runs.map(({ config }) => config),
    },
    tasks: Object.assign({}, ...runs.map(({ tasks }) => tasks)),
    methods: Object.assign(
      stoppedMethods(own),
      ...runs.map(({ methods }) => methods),
    ),
  };
  const run = joinRuns(frame, runs);
  assertComplete(own, run.rows);
  return { ...run, rows: tabled(run.rows) };
}

/** What is measured of each prompt, but for its right answers. */
const ofPrompts = /^(solved|answers|kl)\d+$/;

/**
 * Rows as one table that is worth keeping: the columns of all tasks, `NaN` where a task
 * has none, and numbers to the seven digits that float32 has.
 */
function tabled(rows: readonly Row[]): Row[] {
  const names = new Set(rows.flatMap(Object.keys));
  const kept = [...names].filter((name) => !ofPrompts.test(name));
  return rows.map((row) =>
    Object.fromEntries(kept.map((name) => {
      const value = row[name] ?? NaN;
      return [
        name,
        typeof value === "number" ? Number(value.toPrecision(7)) : value,
      ];
    }))
  );
}

/** Early stopping, for tables and charts: what is swept is the iteration. */
function stoppedMethods({ methods }: StudyTrack): Run["methods"] {
  return Object.fromEntries(
    Object.entries(methods).filter(([, { stops }]) => stops)
      .map(([name, { coefficient }]) => [name, { coefficient }]),
  );
}

/** Checks that the ends of runs are those of the protocol, each once. */
function assertComplete(
  { seeds, horizon, tasks, methods }: StudyTrack,
  rows: readonly TableRow[],
): void {
  const keyOf = (row: TableRow) =>
    ["task", "method", "coefficient", "reference", "seed", "iteration"]
      .map((name) => `${name} ${row[name]}`).join(", ");
  const expected = new Set(
    Object.keys(tasks).flatMap((task) =>
      methodsOn(methods, task).flatMap(([method, { grid = [] }]) =>
        grid.flatMap((coefficient) =>
          seeds.confirmation.flatMap((own, reference) =>
            own.flatMap((seed) =>
              evaluations(horizon).map((iteration) =>
                keyOf({
                  ...{ task, method, coefficient, reference, seed, iteration },
                })
              )
            )
          )
        )
      )
    ),
  );
  const refuse = (what: string, key: string) => {
    throw new RangeError(
      `Expected the rows that the protocol fixes, each once, got ${what}: ${key}`,
    );
  };
  const seen = new Set<string>();
  for (const key of rows.map(keyOf)) {
    if (seen.has(key)) refuse("one twice", key);
    if (!expected.has(key)) refuse("one that it does not ask for", key);
    seen.add(key);
  }
  const [missing] = expected.difference(seen);
  if (missing) refuse("none of one", missing);
}

const evaluations = (
  { iterations, evaluateEvery }: StudyTrack["horizon"],
): number[] =>
  Array.from(
    { length: iterations / evaluateEvery + 1 },
    (_, i) => i * evaluateEvery,
  );

/**
 * Loads the kept confirmatory results of a track, if they were made under this protocol.
 *
 * @param protocol The protocol.
 * @param track The name of the track.
 * @param results The folder of the kept results, if not the kit's own.
 * @returns What was kept under its {@linkcode studyName}.
 * @throws {RangeError} If they were made under another protocol, or none.
 *
 * @example
 * ```ts
 * import { loadStudy, readProtocol } from "kit";
 * import { assertRejects } from "@std/assert";
 *
 * const protocol = await readProtocol();
 * await assertRejects(() => loadStudy(protocol, "flow", "nowhere"), Deno.errors.NotFound);
 * ```
 */
export async function loadStudy(
  protocol: Protocol,
  track: string,
  results: string = join(dataDir, "results"),
): Promise<KeptExperiment> {
  const name = studyName(track, protocol.version);
  const kept = await loadExperiment(join(results, name));
  const { protocol: hash } = kept.config;
  if (hash !== protocol.hash) {
    throw new RangeError(
      `Expected the results ${name} to be of protocol ${protocol.hash}, got ${hash}`,
    );
  }
  return kept;
}

/** A study with what was kept of it. */
export interface KeptStudy extends NamedStudy {
  readonly kept: KeptExperiment;
}

/**
 * Loads the kept confirmatory results of a track under every protocol that has it.
 *
 * @param protocols The protocols; see {@linkcode readProtocols}.
 * @param track The name of the track.
 * @returns The studies, the earliest first.
 * @throws {RangeError} As {@linkcode loadStudy}.
 */
export async function loadStudies(
  protocols: readonly Protocol[],
  track: string,
): Promise<KeptStudy[]> {
  const own = studiesOf(protocols).filter((study) => study.track === track);
  return await Promise.all(
    own.map(async (study) => ({
      ...study,
      kept: await loadStudy(study.protocol, track),
    })),
  );
}
