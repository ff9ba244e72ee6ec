import type { Budget } from "../experiments/experiment.ts";
import type { Tuned } from "../methods/method.ts";
import type { Point } from "../results/fronts.ts";

/**
 * What a study fixes before its first confirmatory run: what is claimed, how it is
 * measured, and what decides. Exploration sets the grids, the horizons and the learning
 * rates on seeds of its own; from the first confirmatory result on nothing is edited.
 */
export interface Protocol {
  /** Rises with each protocol; a new one is a new file, `protocol_<version>.json`. */
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
