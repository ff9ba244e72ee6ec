import { type Arm, type Look, type Terms } from "../methods/method.ts";
import { type OnlineBudget } from "../methods/iteration.ts";
import { type Params } from "../models/params.ts";
import { type Policy, type Sample, type Tensors } from "../policies/policy.ts";
import { type Reward } from "../rewards/reward.ts";
import { type Tensor } from "../tf/backend.ts";
import { type Row } from "../train/row.ts";
import { type Scale } from "./scale.ts";

/** What an iteration takes, and how long a run is. */
export interface Budget extends OnlineBudget {
  /** Online iterations. */
  iterations: number;
  /** Iterations between two evaluations. */
  evaluateEvery: number;
  /** Answers to each prompt that members are measured on, where that is not exact. */
  evaluationSamples: number;
}

/**
 * A reward that no graph can hold: a judge, a regular expression, the bytes of a
 * picture. An iteration then draws in one graph, waits for the rewards, and learns in
 * another. Where `score` fails, or gives what is no finite number, the run stops; started
 * again, it goes on from its last checkpoint.
 *
 * @example
 * ```ts
 * import { type HostReward, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * // Whether a completion of digits has a pair, by a regular expression.
 * const pairs: HostReward = {
 *   name: "pairs 1",
 *   async score(answers) {
 *     const members = await answers.array() as number[][][];
 *     const rewards = members.map((rows) =>
 *       rows.map((digits) => Number(/(\d)\1/.test(digits.join(""))))
 *     );
 *     return tf.tensor2d(rewards, undefined, "float32");
 *   },
 * };
 *
 * const answers = tf.tensor3d([[[1, 2, 2], [1, 2, 1]]], undefined, "int32");
 * const c = tf.zeros([2], "int32");
 * const rewards = await pairs.score(answers, c);
 * assertEquals(await rewards.array(), [[1, 0]]);
 * tf.dispose([answers, c, rewards]);
 * ```
 */
export interface HostReward {
  /**
   * What decides the scores, such as a judge's name and version. It is a part of a run's
   * identity, with the text of `score`: change it when the scores change otherwise.
   */
  readonly name: string;
  /**
   * Scores answers.
   *
   * @param answers `[M, N, ...]`; they stay.
   * @param c The context of each, int32 `[N]`; it stays.
   * @returns Rewards, float32 `[M, N]`, a fresh tensor.
   */
  score(answers: Tensor, c: Tensor): Promise<Tensor>;
}

/** When members are measured, and with what. */
export interface MeasuredAt {
  /** Each member's coefficient, `[M, 1, 1]`. */
  coefficient: Tensor;
  /** Answers to each prompt to measure on. */
  samples: number;
  /** Whether training is over: what is expensive is measured then only. */
  done: boolean;
}

/**
 * A policy, a reward, and how to measure what becomes of it.
 *
 * @typeParam Signals What the policy's losses compare.
 */
export interface Task<Signals> {
  /** The task's name in rows and files. */
  readonly name: string;
  /**
   * Which of several references it starts from, where an experiment has the same task
   * over each of them; see {@linkcode overReferences}.
   */
  readonly reference?: number;
  /** What it is, in a few words, as figures show it; the name when left out. */
  readonly title?: string;
  /** What is fine-tuned. */
  readonly policy: Policy<Signals>;
  /** What it is fine-tuned for: one finite number an answer, float32 `[M, N]`. */
  readonly reward: Reward | HostReward;
  /** The expected reward of each prompt at the start, `[C]`, where it is known. */
  readonly startRewards?: Tensor;
  /**
   * Measures M members: columns of one value a member, `[M]`. It is compiled: a pure
   * function of tensors.
   */
  measure(params: Params, at: MeasuredAt): Tensors;
  /**
   * What a method does to single samples, measured with its own terms: `draw` is
   * compiled, `measure` gives columns `[M]`.
   */
  readonly signals?: {
    draw(params: Params, at: MeasuredAt): Tensors;
    measure(
      drawn: Tensors,
      method: {
        terms: (
          rewards: Tensor,
          sample: Pick<Sample, "answers">,
        ) => Terms<Signals>;
        coefficient: Tensor;
      },
    ): Tensors;
  };
  /** Answers to show of these members: rows with a `member`. */
  show?(
    params: Params,
    members: readonly number[],
    at: { done: boolean },
  ): Promise<Row[]>;
  /** The exact best that fine-tuning can do, where it is known: points with a `reward`. */
  frontier?(): Promise<Row[]>;
}

/** An experiment: which methods, on which tasks, under which budget. */
export interface Experiment<Signals> {
  /** Its name: lower-case letters, digits and `_`. */
  readonly name: string;
  /** How large it is; decides where its results are written. */
  readonly scale: Scale;
  /** What to fine-tune for, each by every arm that is on it. */
  readonly tasks: readonly Task<Signals>[];
  /** Which methods, over which grids of their coefficients. */
  readonly arms: readonly Arm<Signals>[];
  /**
   * The seeds of each setting; methods are compared on the same ones. Where a task has
   * several references, each gets an equal share of them.
   */
  readonly seeds: readonly number[];
  /** The same for all that is compared, but for what an arm has tuned. */
  readonly budget: Budget;
  /**
   * Whether to train by XLA: a population takes seconds to compile, and then about half
   * of the time. It draws other random numbers from the same seeds.
   */
  readonly xla?: boolean;
}

/** What an experiment left: plain rows, and all that set them. */
export interface Run {
  /** The experiment's name. */
  readonly experiment: string;
  /** How large it was. */
  readonly scale: Scale;
  /** Seeds, coefficients, sizes: plain data. */
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * A row a member and evaluation: `task`, `reference` where a task has several,
   * `method`, `coefficient`, `seed`, `iteration`, `alive`, what was measured, and the means of the logs since the
   * evaluation before (`NaN` in the first).
   */
  readonly rows: readonly Row[];
  /** A row an answer that is shown. */
  readonly shown: readonly Row[];
  /** The exact frontiers: a row a point, with its `task`. */
  readonly frontiers: readonly Row[];
  /** The title of each task, by name. */
  readonly tasks: Readonly<Record<string, string>>;
  /** The look, and the name of the coefficient, of each method, by name. */
  readonly methods: Readonly<
    Record<string, { coefficient: string; look?: Look }>
  >;
}

/** Called with how far a piece of work is, in percent, and what is running. */
export type ReportProgress = (percent: number, running: string) => unknown;
