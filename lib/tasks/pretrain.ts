/**
 * `deno task pretrain`: trains the models in `data/models` anew, or those that are
 * named, and prints how well they fit.
 *
 * @module
 */

import { join } from "node:path";
import { pretrain, pretrainDigitSums, pretrainPictures } from "../mod.ts";
import { cacheDir } from "../setup/cache.ts";
import { runTask } from "./run_task.ts";
import { tellOnce } from "./tell_once.ts";

const usage = `Usage: deno task pretrain [NAME...]

Trains the models in data/models anew, and prints how well they fit.

  NAME  a model, such as mixture_flow_1; all when left out. The four models of
        digits are trained together. The pictures of two objects need the sentence
        encoder that deno task model minilm fetches.`;

async function pretrainNamed(names: readonly string[]) {
  const tell = tellOnce();
  const options = {
    effort: 1,
    ...names.length > 0 && { names },
    onProgress: (percent: number, name: string) =>
      tell(`${name} ${Math.floor(percent / 10) * 10}%`),
  };
  const results = {
    ...await pretrain(options),
    ...await pretrainDigitSums(options),
    ...await pretrainPictures({
      ...options,
      encoder: join(cacheDir(), "models", "minilm"),
    }),
  };
  const unknown = names.filter((name) => !(`${name} loss` in results));
  if (unknown.length > 0) {
    throw new Error(
      `Expected names of pretrained models, got ${unknown.join(", ")}`,
    );
  }
  for (const [name, value] of Object.entries(results)) {
    console.log(`${name}: ${value.toPrecision(4)}`);
  }
}

if (import.meta.main) await runTask(usage, pretrainNamed);
