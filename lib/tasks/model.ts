/**
 * `deno task model`: fetches a pretrained model into the user's cache.
 *
 * @module
 */

import { fetchModel } from "../setup/fetch_model.ts";
import { registryModels } from "../setup/registry_models.ts";
import { runTask } from "./run_task.ts";

const known = Object.entries(registryModels).map(([name, { title }]) =>
  `  ${name.padEnd(10)}${title}`
);

const usage = `Usage: deno task model NAME

Fetches a pretrained model into the user's cache, checks it, and prints the path to load
it from, with loadLanguageModel(), loadAudioEncoder() or openWeights(). NAME is one of

${known.join("\n")}
  hub:OWNER/NAME@REVISION
            a model of huggingface.co: its safetensors, JSON files and template`;

async function fetchNamed([name, ...rest]: readonly string[]) {
  if (name === undefined || rest.length > 0) {
    throw new RangeError(`Expected the name of one model\n\n${usage}`);
  }
  console.log(await fetchModel(name));
}

if (import.meta.main) await runTask(usage, fetchNamed);
