import { join } from "node:path";
import { fromJson, toJson } from "../data/json.ts";
import { entries } from "../results/folders.ts";
import { publish, published } from "./publish.ts";
import { squeue } from "./slurm.ts";

/** What is about to be submitted, written down before it is. */
export interface Intent {
  /** The job's name, which no other has. */
  readonly name: string;
  /** Of the pieces. */
  readonly indices: readonly number[];
  /** Options of `sbatch`. */
  readonly options: readonly string[];
}

/** What became of a submission: the number of its job, or why there will be none. */
export type Outcome = { accepted: string } | { withdrawn: string };

/** A submission: the first is number 1. */
export interface Submission extends Intent {
  readonly number: number;
  /** None while nobody knows whether Slurm accepted it. */
  readonly outcome?: Outcome;
}

const intentPath = (folder: string, number: number) =>
  join(folder, "submissions", `${number}.json`);
const outcomePath = (folder: string, number: number) =>
  join(folder, "submissions", `${number}.outcome.json`);

/** Where the output of a submission's task is. */
export const logPath = (
  folder: string,
  number: number,
  index: number | "%a",
): string => join(folder, "logs", `${number}_${index}.txt`);

/** Lists the submissions of a sweep in order. */
export async function submissionsOf(folder: string): Promise<Submission[]> {
  const numbers = (await entries(join(folder, "submissions")))
    .flatMap(({ name }) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
    .map(Number).sort((a, b) => a - b);
  return await Promise.all(numbers.map(async (number) => {
    const intent = await Deno.readTextFile(intentPath(folder, number));
    const outcome = await published(outcomePath(folder, number));
    return {
      number,
      ...fromJson(intent) as Intent,
      outcome: outcome === undefined ? undefined : fromJson(outcome) as Outcome,
    };
  }));
}

/**
 * Writes down what is about to be submitted.
 *
 * @returns The number of the submission.
 * @throws {Error} If another process did so at the same time.
 */
export async function intend(folder: string, intent: Intent): Promise<number> {
  const number = (await submissionsOf(folder)).length + 1;
  const path = intentPath(folder, number);
  if (await publish(path, `${toJson(intent, 1)}\n`) !== "first") {
    throw new Error(`Another process is just submitting ${folder}: see status`);
  }
  return number;
}

/**
 * Decides what became of a submission, once: whoever comes first, its submitter, one of
 * its tasks or one who submits anew, decides for all. A task of a submission that was
 * withdrawn does nothing, so that one which Slurm accepts late doubles no work.
 *
 * @param folder The folder of the sweep.
 * @param number The submission.
 * @param outcome What this process says.
 * @returns What holds.
 */
export async function decide(
  folder: string,
  number: number,
  outcome: Outcome,
): Promise<Outcome> {
  const path = outcomePath(folder, number);
  await publish(path, `${toJson(outcome)}\n`);
  return fromJson(await Deno.readTextFile(path)) as Outcome;
}

/**
 * Finds out what became of submissions whose submitter died, by their jobs' names. One
 * that Slurm does not know is withdrawn.
 *
 * @param folder The folder of the sweep.
 * @returns All submissions, each with its outcome.
 * @throws {Error} If there is one, and Slurm does not answer: nothing may be submitted
 * then.
 */
export async function settle(folder: string): Promise<Submission[]> {
  const all = await submissionsOf(folder);
  for (const { number, name } of all.filter(({ outcome }) => !outcome)) {
    const [known] = await squeue([name], { ended: true }).catch((cause) => {
      throw new Error(
        `It is unclear whether Slurm accepted submission ${number} of ${folder} (job name ${name}), ` +
          `and Slurm does not answer; nothing is submitted. Try again when it does. ${cause.message}`,
        { cause },
      );
    });
    const outcome = await decide(
      folder,
      number,
      known
        ? { accepted: known.job }
        : { withdrawn: "its submitter died, and Slurm did not know it" },
    );
    console.log(`Submission ${number} was unclear: ${outcomeText(outcome)}`);
  }
  return await submissionsOf(folder);
}

/** An outcome in words. */
export const outcomeText = (outcome: Outcome): string =>
  "accepted" in outcome
    ? `accepted, job ${outcome.accepted}`
    : `withdrawn, as ${outcome.withdrawn}`;
