import type { ColumnTable } from "arquero";
import { table } from "../results/table.ts";
import type { ClaimFamily, Protocol, ProtocolClaim } from "./protocol.ts";

/** How the names of a family's charts begin, such as `local_optima`. */
export const chartPrefix = (family: string): string =>
  family.replaceAll(/[^a-z0-9]+/g, "_");

/**
 * What a protocol fixes of some families of claims, as a table: what is asked, what is
 * claimed, and what decides it.
 *
 * @param protocol The protocol.
 * @param families The names of the families, such as `"flow: rivals"`.
 * @returns The table, which a notebook shows; a row a claim, with all of
 * its methods and rivals.
 * @throws {RangeError} If the protocol has no such family.
 *
 * @example
 * ```ts
 * import { protocolTable, readProtocol } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const claims = protocolTable(await readProtocol(), ["flow: adaptivity"]);
 * assertEquals(claims.array("rivals"), ["control: |A|; control: shuffled"]);
 * ```
 */
export function protocolTable(
  protocol: Protocol,
  families: readonly string[],
): ColumnTable {
  return table(
    families.flatMap((name) => {
      const { question, claims } = familyOf(protocol, name);
      const sentences = Map.groupBy(claims, ({ claim }) => claim);
      return [...sentences].map(([claim, cases], i) => ({
        question: i === 0 ? question : "",
        claim,
        method: listed(cases.map(({ method }) => method)),
        rivals: listed(cases.flatMap(({ rivals = [] }) => rivals)),
        ...decides(cases[0]),
      }));
    }),
  );
}

const listed = (names: readonly string[]) => [...new Set(names)].join("; ");

const decides = (
  { metric, statistic, direction, threshold, margin, unit }: ProtocolClaim,
) => ({
  statistic: `${metric}, ${statistic}`,
  claimed: `${direction} ${threshold}`,
  margin: `${margin} (${unit})`,
});

/**
 * A family of claims.
 *
 * @param protocol The protocol.
 * @param name Its name.
 * @returns The family.
 * @throws {RangeError} If the protocol has no such family.
 */
export function familyOf(
  { families }: Pick<Protocol, "families">,
  name: string,
): ClaimFamily {
  const found = families.find((family) => family.name === name);
  if (found) return found;
  throw new RangeError(
    `Expected a family of the protocol, one of ${
      families.map(({ name }) => name).join("; ")
    }, got "${name}"`,
  );
}
