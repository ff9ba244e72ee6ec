import { createHash } from "node:crypto";
import { join } from "node:path";
import { dataDir } from "../data/files.ts";
import type { Tuned } from "../methods/method.ts";
import type { Point } from "../results/fronts.ts";
import { familyLevel } from "../results/judge.ts";
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
import type { Budget } from "../experiments/experiment.ts";
import { meant } from "../results/rows.ts";
import { studyStatistics } from "./statistics.ts";

/**
 * What a study fixes before its first confirmatory run: what is claimed, how it is
 * measured, and what decides. Exploration sets the grids, the horizons and the learning
 * rates on seeds of its own; from the first confirmatory result on nothing is edited.
 */
export interface Protocol {
  /** Rises with each protocol; a new one is a new file. */
  readonly version: number;
  /** The chance of a false verdict that each family has: 0.05, as in {@linkcode judge}. */
  readonly level: number;
  /** The step-down within a family. */
  readonly correction: "Holm";
  /** How intervals know of both noises; see {@linkcode intervalOverReferences}. */
  readonly interval: "t over references";
  /** How each method is tuned, on exploration seeds only. */
  readonly tuning: {
    /** The rule, in words. */
    readonly rule: string;
    /** For how long. */
    readonly iterations: number;
    /** What is tried for every method; see {@linkcode tune}. */
    readonly candidates: readonly Required<Tuned>[];
  };
  /** When a run is lost, and what becomes of it. */
  readonly exclusions: {
    /** When a run is lost, in words; rows say so by `alive`. */
    readonly lost: string;
    /** What becomes of it in fronts, in words. */
    readonly inFronts: string;
    /** What becomes of it in single settings, in words. */
    readonly inSettings: string;
    /** A claim on a single setting is undecided if more than this share of seeds is lost. */
    readonly mostLost: number;
  };
  readonly tracks: Readonly<Record<string, StudyTrack>>;
  readonly families: readonly ClaimFamily[];
  /** SHA-256 of the file, in hexadecimal: what results are marked with. */
  readonly hash: string;
}

/** The tasks that share a policy, its references and its methods. */
export interface StudyTrack {
  readonly seeds: {
    /** Those that may be looked at before the protocol is fixed. */
    readonly exploration: readonly number[];
    /**
     * Those that decide: a list for each independently pretrained reference, nested, so
     * that each run is a draw of both noises. The same seeds on all references would tie the lists together, which
     * Student's t over references takes as independent.
     */
    readonly confirmation: readonly (readonly number[])[];
  };
  readonly horizon: {
    readonly iterations: number;
    readonly evaluateEvery: number;
    /** What makes it long enough, in words. */
    readonly plateau: string;
  };
  /** What an iteration takes, beside what is tuned. */
  readonly budget: Omit<
    Budget,
    "iterations" | "evaluateEvery" | keyof Required<Tuned>
  >;
  /** The tasks by their name in rows; methods are tuned on the first. */
  readonly tasks: Readonly<Record<string, StudyTask>>;
  /** The methods by their name in rows. */
  readonly methods: Readonly<Record<string, StudyMethod>>;
}

/** A task, and the scale on which its fronts are compared. */
export interface StudyTask {
  /** What it is, in a few words. */
  readonly title: string;
  /** The name of its references among the kept models; see {@linkcode loadReferences}. */
  readonly model: string;
  /** That of the policies that training starts from, where those are others. */
  readonly start?: string;
  /** The column of the reward that is trained on. */
  readonly reward: string;
  /** The column of diversity that methods are tuned by. */
  readonly diversity: string;
  /** The least width of common rewards at which fronts are compared. */
  readonly least: number;
  /** The worst reward and diversity that count for a hypervolume. */
  readonly worst: Point;
}

/** A method as it is tuned, and its sweep. */
export interface StudyMethod {
  /** The name of its coefficient. */
  readonly coefficient: string;
  /** Its values; of early stopping left out: the evaluations are its settings. */
  readonly grid?: readonly number[];
  readonly learningRate?: number;
  readonly updates?: number;
  /** The tasks that it runs on; all of its track when left out. */
  readonly on?: readonly string[];
  /** Of early stopping: which method is stopped, at which coefficient. */
  readonly stops?: { readonly method: string; readonly coefficient: number };
}

/** Claims that are judged together. */
export interface ClaimFamily {
  readonly name: string;
  /** What it asks. */
  readonly question: string;
  /** The task that it is tested on, of one of the tracks. */
  readonly task: string;
  readonly claims: readonly ProtocolClaim[];
}

/** A claim and what decides it. */
export interface ProtocolClaim {
  /** The claim in a sentence, without its case. */
  readonly claim: string;
  /** Where the sentence that it quotes stands, such as `"Post, Summary"`. */
  readonly source: string;
  /** That sentence, word for word. */
  readonly quotes: string;
  /** The name of a statistic; see {@linkcode studyStatistics}. */
  readonly statistic: string;
  /** The column that is measured: the one primary metric. */
  readonly metric: string;
  readonly method: string;
  /** The methods that it is compared with, each a case; left out of one method's claim. */
  readonly rivals?: readonly string[];
  /** The task that its rivals run on, where that is another: a larger model's, say. */
  readonly rivalTask?: string;
  /** The one setting that is measured; the whole sweep when left out. */
  readonly coefficient?: number;
  readonly direction: "above" | "below";
  /** What the statistic is above or below. */
  readonly threshold: number;
  /** The least difference from it that matters. */
  readonly margin: number;
  /** The unit of threshold and margin. */
  readonly unit: string;
  /** Why that margin. */
  readonly why: string;
}

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

/**
 * The track that has a task.
 *
 * @param protocol The protocol.
 * @param task The task's name in rows.
 * @returns The track's name and the track; none where no track has the task.
 */
export function trackOf(
  { tracks }: Pick<Protocol, "tracks">,
  task: string,
): [name: string, track: StudyTrack] | undefined {
  return Object.entries(tracks).find(([, { tasks }]) =>
    Object.hasOwn(tasks, task)
  );
}

/** The methods that run on a task, with their names. */
export function methodsOn(
  methods: StudyTrack["methods"],
  task: string,
): [name: string, method: StudyMethod][] {
  return Object.entries(methods).filter(([, { on }]) =>
    on?.includes(task) ?? true
  );
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
