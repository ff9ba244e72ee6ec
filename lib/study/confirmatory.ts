import { join } from "node:path";
import type { Run } from "../experiments/experiment.ts";
import { joinRuns } from "../experiments/join_runs.ts";
import { dataDir } from "../data/files.ts";
import type { Case, Claim } from "../results/claims.ts";
import { loadExperiment } from "../results/kept_experiments.ts";
import type { PerSeed } from "../results/per_seed.ts";
import {
  type ClaimFamily,
  methodsOn,
  type Protocol,
  type ProtocolClaim,
  type StudyTrack,
  trackOf,
} from "./protocol.ts";
import type { KeptExperiment } from "../results/report.ts";
import { type TableRow, where } from "../results/rows.ts";
import { above, below } from "../results/rules.ts";
import { studyStatistics } from "./statistics.ts";
import { overTraining } from "../results/sweeps.ts";
import type { Row } from "../train/row.ts";

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
 * The claims of a protocol on one track, ready for {@linkcode report}: nothing is left to
 * choose once the rows are there.
 *
 * @param protocol The protocol.
 * @param track The name of the track.
 * @param part A run of a part of the study: only what its rows can tell is claimed.
 * @returns The claims of the track's families, with a case for each rival.
 *
 * @example
 * ```ts
 * import { protocolClaims, readProtocol } from "kit";
 * import { assert } from "@std/assert";
 *
 * const claims = protocolClaims(await readProtocol(), "flow");
 * assert(claims.every(({ family }) => family));
 * ```
 */
export function protocolClaims(
  protocol: Protocol,
  track: string,
  part?: Pick<Run, "tasks" | "methods">,
): Claim[] {
  const claims = protocol.families
    .filter(({ task }) => trackOf(protocol, task)?.[0] === track)
    .flatMap((family) =>
      family.claims.map((claim) => claimOf(protocol, family, claim))
    );
  if (!part) return claims;
  const { methods } = protocol.tracks[track];
  const has = ({ task, rivalTask = task, method, rival = method }: Case) =>
    [task, rivalTask].every((name) => Object.hasOwn(part.tasks, name)) &&
    [method, rival].every((name) =>
      Object.hasOwn(part.methods, methods[name].stops?.method ?? name)
    );
  return claims
    .map((claim) => ({ ...claim, cases: claim.cases.filter(has) }))
    .filter(({ cases }) => cases.length > 0);
}

function claimOf(
  protocol: Protocol,
  { name: family, task }: ClaimFamily,
  { claim, source, quotes, statistic, metric, method, ...own }: ProtocolClaim,
): Claim {
  const { rivals, rivalTask, coefficient, direction, threshold } = own;
  const { margin, unit } = own;
  const [, track] = trackOf(protocol, task)!;
  const { words, measure } = studyStatistics[statistic];
  const setting: Case = {
    ...{ task, method },
    ...coefficient !== undefined && { coefficient },
    ...rivalTask !== undefined && { rivalTask },
  };
  return {
    ...{ claim, family, quotes: `${source}: "${quotes}"` },
    statistic: `${metric}, ${words} (${unit})`,
    rule: (direction === "above" ? above : below)(threshold, { margin }),
    cases: rivals?.map((rival): Case => ({ ...setting, rival })) ?? [setting],
    measure: (rows, { rival }) => {
      const here = where(rows, { task });
      const there = where(rows, { task: rivalTask ?? task });
      const perSeed = measure({
        own: rowsOf(here, track, method, coefficient),
        rival: rival === undefined ? [] : rowsOf(there, track, `${rival}`),
        metric,
        ...track.tasks[task],
      });
      return unlessLost(perSeed, track, protocol.exclusions.mostLost);
    },
  };
}

/** The rows of a method; those of early stopping are of the method that is stopped. */
function rowsOf(
  rows: readonly TableRow[],
  { methods }: StudyTrack,
  method: string,
  coefficient?: number,
): TableRow[] {
  const { stops } = methods[method];
  if (stops) return overTraining(where(rows, { ...stops }));
  const own = where(rows, { method });
  return coefficient === undefined ? own : where(own, { coefficient });
}

/** A statistic that is undecided where too many of the seeds are lost. */
function unlessLost(
  perSeed: PerSeed,
  { seeds }: StudyTrack,
  mostLost: number,
): PerSeed {
  const planned = seeds.confirmation.flat().length;
  return perSeed.seeds.length < (1 - mostLost) * planned
    ? { seeds: [], references: [], at: () => NaN }
    : perSeed;
}

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
