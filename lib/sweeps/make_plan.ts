import { createHash } from "node:crypto";
import { isAbsolute, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../data/files.ts";
import { codeVersion, shortHash } from "../experiments/code_version.ts";
import { type Experiment } from "../experiments/experiment.ts";
import { identify } from "../experiments/identify.ts";
import { frameOf, pieces } from "../experiments/pieces.ts";
import { backend } from "../tf/backend.ts";
import { type Made, type Plan } from "./plan.ts";

/** An experiment of any signals: a sweep looks at none. */
// deno-lint-ignore no-explicit-any
export type AnyExperiment = Experiment<any>;

/**
 * Imports the experiment that a file exports.
 *
 * @param file The file, from the folder of the checkout.
 * @param scale The scale that it was asked for at; `KIT_SCALE` says so to the file.
 * @throws {RangeError} If the file lies outside of the checkout, where it does not find
 * the kit, or its experiment is at another scale.
 * @throws {TypeError} If its default export is no experiment.
 */
export async function importExperiment(
  file: string,
  scale: string,
): Promise<AnyExperiment> {
  const path = relative(root, join(root, file));
  if (path.startsWith("..") || isAbsolute(path)) {
    throw new RangeError(
      `${
        join(root, file)
      } lies outside of the checkout, where it does not find "kit": put it under ${root}`,
    );
  }
  const { default: experiment } = await import(
    pathToFileURL(join(root, file)).href
  );
  if (!experiment?.tasks || !experiment.arms) {
    throw new TypeError(
      `Expected the default export of ${file} to be an experiment, got ${typeof experiment}`,
    );
  }
  if (experiment.scale !== scale) {
    throw new RangeError(
      `Expected the experiment of ${file} to be at scale ${scale}, got ${experiment.scale}: currentScale() is the one that is asked for`,
    );
  }
  return experiment;
}

/**
 * Makes the plan of a sweep: traces every population, and runs none.
 *
 * @param file The file of the experiment, from the folder of the checkout.
 * @param experiment What it exports.
 * @returns The plan, and the name of its folder: two plans with one name are one.
 */
export async function makePlan(
  file: string,
  experiment: AnyExperiment,
): Promise<{ plan: Plan; name: string }> {
  const made = await madeWith(file);
  const names = pieces(experiment).map(({ tasks: [task], arms: [arm] }) =>
    [task.name, task.reference, arm.method.name].filter((part) =>
      part !== undefined
    ).join(", ")
  );
  const plan: Plan = {
    file,
    scale: experiment.scale,
    made,
    frame: frameOf(experiment),
    pieces: (await identify(experiment)).map((identity, i) => ({
      name: names[i],
      key: keyOf(made, identity),
    })),
  };
  return { plan, name: `${experiment.name}_${shortHash(plan)}` };
}

/** The key of a piece. */
export const keyOf = (made: Made, identity: string): string =>
  shortHash({ made, identity });

/** What this process would make the pieces of a file with. */
export async function madeWith(file: string): Promise<Made> {
  const lock = await hashOf("deno.lock");
  return {
    code: await codeVersion(),
    file: await hashOf(file),
    packages:
      `${lock}, Deno ${Deno.version.deno}, ${backend.name} ${backend.version}`,
    threads: Deno.env.get("TF_NUM_INTRAOP_THREADS") ?? "1",
  };
}

async function hashOf(path: string): Promise<string> {
  return createHash("sha256").update(await Deno.readFile(join(root, path)))
    .digest("hex").slice(0, 16);
}
