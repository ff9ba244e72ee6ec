import { createHash } from "node:crypto";
import { join } from "node:path";
import { dataDir, ifThere } from "../data/files.ts";
import type { Tuned } from "../methods/method.ts";
import type { Point } from "../results/fronts.ts";
import { familyLevel } from "../results/judge.ts";
import { meant } from "../results/rows.ts";
import {
  type ClaimFamily,
  methodsOn,
  type Protocol,
  type ProtocolClaim,
  type StudyMethod,
  type StudyTask,
  type StudyTrack,
  trackOf,
} from "./protocol.ts";
import {
  fields,
  list,
  number,
  oneOf,
  optional,
  positive,
  type Read,
  record,
  rising,
  text,
  whole,
} from "./read_fields.ts";
import { studyStatistics } from "./statistics.ts";

const share = number("a share in [0, 1)", (value) => value >= 0 && value < 1);
const seed = whole(0);

const claim: Read<ProtocolClaim> = fields({
  ...{ claim: text, source: text, quotes: text },
  statistic: oneOf(Object.keys(studyStatistics)),
  ...{ metric: text, method: text },
  rivals: optional(list(text)),
  rivalTask: optional(text),
  coefficient: optional(number()),
  direction: oneOf(["above", "below"] as const),
  ...{ threshold: number(), margin: positive, unit: text, why: text },
});

const track: Read<StudyTrack> = fields({
  seeds: fields({ exploration: list(seed), confirmation: list(list(seed)) }),
  horizon: fields({
    ...{ iterations: whole(1), evaluateEvery: whole(1), plateau: text },
  }),
  budget: fields({
    ...{ perContext: whole(1), evaluationSamples: whole(1) },
    ...{ clipNorm: positive, divergedAbove: positive },
  }),
  tasks: record(fields<StudyTask>({
    ...{ title: text, model: text, reward: text, diversity: text },
    start: optional(text),
    least: positive,
    worst: fields<Point>({ reward: number(), diversity: number() }),
  })),
  methods: record(fields<StudyMethod>({
    coefficient: text,
    grid: optional(rising),
    learningRate: optional(positive),
    updates: optional(whole(1)),
    on: optional(list(text)),
    stops: optional(fields({ method: text, coefficient: number() })),
  })),
});

const file: Read<Omit<Protocol, "hash">> = fields({
  version: whole(1),
  level: number(`${familyLevel}`, (value) => value === familyLevel),
  correction: oneOf(["Holm"] as const),
  interval: oneOf(["t over references"] as const),
  tuning: fields({
    rule: text,
    iterations: whole(1),
    candidates: list(fields<Required<Tuned>>({
      ...{ learningRate: positive, updates: whole(1) },
    })),
  }),
  exclusions: fields({
    ...{ lost: text, inFronts: text, inSettings: text, mostLost: share },
  }),
  tracks: record(track),
  families: list(fields<ClaimFamily>({
    ...{ name: text, question: text, task: text, claims: list(claim) },
  })),
});

/**
 * Reads a protocol and checks it: every field has its form, every claim a statistic, a
 * task and methods that there are, and no seed serves twice.
 *
 * @param path The file; that of the kit when left out.
 * @returns The protocol, with its hash.
 * @throws {TypeError} If a field is missing, has another form, or an unknown name; the
 * message names the field.
 * @throws {RangeError} If a field says what cannot be, such as a claim on a method that
 * its track does not have.
 * @throws {SyntaxError} If the file is no JSON.
 *
 * @example
 * ```ts
 * import { readProtocol } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const protocol = await readProtocol();
 * assertEquals(protocol.correction, "Holm");
 * assertEquals(protocol.hash.length, 64);
 * ```
 */
export async function readProtocol(
  path: string = join(dataDir, "protocol.json"),
): Promise<Protocol> {
  return parseProtocol(await Deno.readTextFile(path));
}

/**
 * Reads all protocols of the kit, the oldest first: `protocol.json`, `protocol_2.json`
 * and so on. A later one asks what the earlier left open, and decides it on seeds that no
 * earlier one has seen.
 *
 * @param data The folder that they lie in, if not the kit's own.
 * @returns The protocols, each with its hash.
 * @throws {TypeError} As {@linkcode readProtocol}.
 * @throws {RangeError} If a file has another version than its name says, or decides on a
 * seed of an earlier one.
 *
 * @example
 * ```ts
 * import { readProtocols } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const [first, second] = await readProtocols();
 * assertEquals([first.version, second.version], [1, 2]);
 * ```
 */
export async function readProtocols(
  data: string = dataDir,
): Promise<Protocol[]> {
  const protocols: Protocol[] = [];
  while (true) {
    const version = protocols.length + 1;
    const name = protocolFile(version);
    const text = await ifThere(Deno.readTextFile(join(data, name)));
    if (text === undefined) return protocols;
    const protocol = parseProtocol(text);
    if (protocol.version !== version) {
      impossible(`version of ${name}`, `${version}`, protocol.version);
    }
    assertFresh(protocol, protocols, name);
    protocols.push(protocol);
  }
}

/** The file of a protocol, in `data/`. */
export const protocolFile = (version: number): string =>
  version === 1 ? "protocol.json" : `protocol_${version}.json`;

/** Checks that a protocol decides on seeds that no earlier one has. */
function assertFresh(
  { tracks }: Protocol,
  earlier: readonly Protocol[],
  name: string,
): void {
  const seen = earlier.flatMap(({ tracks }) => Object.values(tracks))
    .flatMap(({ seeds }) => [...seeds.exploration, seeds.confirmation].flat(2));
  for (const [track, { seeds }] of Object.entries(tracks)) {
    const stale = seeds.confirmation.flat().find((own) => seen.includes(own));
    if (stale !== undefined) {
      const at = `seeds.confirmation of ${track} in ${name}`;
      impossible(at, "seeds that no earlier protocol has", stale);
    }
  }
}

/** Reads a protocol from the text of its file, as {@linkcode readProtocol} does. */
export function parseProtocol(source: string): Protocol {
  const protocol = file(JSON.parse(source), "protocol");
  for (const [name, own] of Object.entries(protocol.tracks)) {
    assertTrack(own, `protocol.tracks["${name}"]`);
  }
  protocol.families.forEach((family, i) => {
    const at = `protocol.families[${i}]`;
    const { name } = family;
    if (protocol.families.findIndex((other) => other.name === name) < i) {
      impossible(`${at}.name`, "a name of its own", name);
    }
    assertFamily(protocol, family, at);
  });
  const hash = createHash("sha256").update(source).digest("hex");
  return { ...protocol, hash };
}

function assertTrack(
  { seeds, horizon, tasks, methods }: StudyTrack,
  at: string,
): void {
  const { exploration, confirmation } = seeds;
  if (confirmation.length < 2) {
    const expected = "a list for each of at least 2 references";
    impossible(`${at}.seeds.confirmation`, expected, confirmation.length);
  }
  if (new Set(confirmation.map(({ length }) => length)).size > 1) {
    const expected = "lists of one length, as a run shares its seeds out";
    impossible(`${at}.seeds.confirmation`, expected, "others");
  }
  const all = [...exploration, ...confirmation.flat()];
  const twice = all.find((seed, i) => all.indexOf(seed) < i);
  if (twice !== undefined) {
    const expected = "each seed once, in exploration or for one reference";
    impossible(`${at}.seeds`, expected, `${twice} twice`);
  }
  if (horizon.iterations % horizon.evaluateEvery !== 0) {
    const expected = `a divisor of ${horizon.iterations} iterations`;
    impossible(`${at}.horizon.evaluateEvery`, expected, horizon.evaluateEvery);
  }
  for (const [name, method] of Object.entries(methods)) {
    const { grid, learningRate, updates, on = [], stops } = method;
    const own = `${at}.methods["${name}"]`;
    on.forEach((task, i) => assertKnownName(`${own}.on[${i}]`, task, tasks));
    if (stops) {
      assertKnownName(`${own}.stops.method`, stops.method, methods);
      if (grid) impossible(`${own}.grid`, "left out beside stops", grid);
    } else if (!grid || !learningRate || !updates) {
      impossible(own, "to have grid, learningRate and updates", "not all");
    }
  }
}

function assertFamily(protocol: Pick<Protocol, "tracks">, {
  task,
  claims,
}: ClaimFamily, at: string): void {
  const found = trackOf(protocol, task);
  if (!found) {
    const tasks = Object.values(protocol.tracks)
      .map(({ tasks }) => Object.keys(tasks)).flat();
    return impossible(`${at}.task`, `one of ${tasks.join("; ")}`, task);
  }
  const [, { methods: all, tasks }] = found;
  const methods = Object.fromEntries(methodsOn(all, task));
  claims.forEach((claim, i) => {
    const own = `${at}.claims[${i}]`;
    const { rivalTask = task } = claim;
    assertKnownName(`${own}.method`, claim.method, methods);
    assertKnownName(`${own}.rivalTask`, rivalTask, tasks);
    const there = Object.fromEntries(methodsOn(all, rivalTask));
    claim.rivals?.forEach((rival, j) =>
      assertKnownName(`${own}.rivals[${j}]`, rival, there)
    );
    const { compares } = studyStatistics[claim.statistic];
    if (compares !== (claim.rivals !== undefined)) {
      const expected = compares ? "a list of methods" : "left out";
      impossible(
        `${own}.rivals`,
        `${expected} for the statistic "${claim.statistic}"`,
        claim.rivals,
      );
    }
    const { grid } = methods[claim.method];
    if (
      claim.coefficient !== undefined && !grid?.includes(claim.coefficient)
    ) {
      const expected = `a value of the grid of ${claim.method}`;
      impossible(`${own}.coefficient`, expected, claim.coefficient);
    }
  });
}

function assertKnownName(
  at: string,
  name: string,
  known: Readonly<Record<string, unknown>>,
): void {
  const names = Object.keys(known);
  if (names.includes(name)) return;
  impossible(at, `one of ${names.join("; ")}`, `${name}${meant(name, names)}`);
}

function impossible(at: string, expected: string, value: unknown): void {
  throw new RangeError(`Expected ${at} to be ${expected}, got ${value}`);
}
