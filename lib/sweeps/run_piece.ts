import { hostname } from "node:os";
import { toJson } from "../data/json.ts";
import { pieces } from "../experiments/pieces.ts";
import { identify } from "../experiments/identify.ts";
import { run } from "../experiments/run.ts";
import { writeText } from "../data/files.ts";
import { importExperiment, keyOf, madeWith } from "./make_plan.ts";
import { type Made, type Plan, rowsPath } from "./plan.ts";
import { publish, published } from "./publish.ts";

const words: Record<keyof Made, string> = {
  code: "code of the kit, or models in data/models",
  file: "experiment's file",
  packages: "packages",
  threads: "TF_NUM_INTRAOP_THREADS",
};

/**
 * Runs a piece of a sweep and publishes its rows, unless they are there. A machine where
 * the piece would be another, by its code, packages, settings or data, is refused.
 *
 * @param folder The folder of the sweep.
 * @param plan Its plan.
 * @param index Of the piece.
 * @throws {Error} If the piece would be another here, or other rows were published by
 * another machine meanwhile: these stay, and ours are written beside them.
 */
export async function runPiece(
  folder: string,
  plan: Plan,
  index: number,
): Promise<void> {
  const planned = plan.pieces[index];
  const path = rowsPath(folder, planned);
  const where = `piece ${index} (${planned.name}) on ${hostname()}`;
  if (await published(path) !== undefined) {
    return console.log(`${where}: its rows are there`);
  }
  const began = performance.now();
  const here = await madeWith(plan.file);
  for (const [name, value] of Object.entries(plan.made)) {
    const own = here[name as keyof Made];
    if (own !== value) refuse(where, words[name as keyof Made], value, own);
  }
  const experiment = await importExperiment(plan.file, plan.scale);
  const piece = pieces(experiment)[index];
  const [identity] = await identify(piece);
  const key = keyOf(here, identity);
  if (key !== planned.key) {
    refuse(where, "settings or data", planned.key, key);
  }
  const checked = performance.now();
  const { rows, shown, frontiers } = await run(piece);
  const ran = performance.now();
  const text = `${toJson({ rows, shown, frontiers })}\n`;
  const became = await publish(path, text);
  if (became === "other") {
    const beside = path.replace(/json$/, `${hostname()}.differs.json`);
    await writeText(beside, text);
    throw new Error(
      `${where}: other rows were published under its key, and stay; ours are in ${beside}`,
    );
  }
  const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(3);
  console.log(
    `${where}: ${
      became === "first" ? "published" : "the same was published"
    }; ` +
      `${seconds(0, began)} s to start, ${
        seconds(began, checked)
      } s to check, ` +
      `${seconds(checked, ran)} s to run, ${
        seconds(ran, performance.now())
      } s to publish`,
  );
}

function refuse(
  where: string,
  what: string,
  expected: string,
  got: string,
): never {
  throw new Error(
    `${where}: refused, as this machine has another ${what} than the submitter: expected ${expected}, got ${got}`,
  );
}
