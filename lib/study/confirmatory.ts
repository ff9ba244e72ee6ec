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
 * @example
 * ```ts
 * import { studyName } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(studyName("flow"), "study_flow");
 * ```
 */
export const studyName = (track: string): string => `study_${track}`;

/**
 * The confirmatory run of a track, which {@linkcode report} judges and `saveExperiment`
 * keeps, as `study_<track>` and with the protocol's hash in its config.
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
    experiment: studyName(track),
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
 * @returns What was kept in `study_<track>`.
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
  const kept = await loadExperiment(join(results, studyName(track)));
  const { protocol: hash } = kept.config;
  if (hash !== protocol.hash) {
    throw new RangeError(
      `Expected the results ${
        studyName(track)
      } to be of protocol ${protocol.hash}, got ${hash}`,
    );
  }
  return kept;
}
