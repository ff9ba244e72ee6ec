import type { Run } from "../experiments/experiment.ts";
import type { Case, Claim } from "../results/claims.ts";
import type { PerSeed } from "../results/per_seed.ts";
import { type TableRow, where } from "../results/rows.ts";
import { above, below } from "../results/rules.ts";
import { overTraining } from "../results/sweeps.ts";
import {
  type ClaimFamily,
  type Protocol,
  type ProtocolClaim,
  type StudyTrack,
  trackOf,
} from "./protocol.ts";
import { studyStatistics } from "./statistics.ts";

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
