/**
 * `deno task pretrain`: trains the models in `data/models` anew and prints how well
 * they fit.
 *
 * @module
 */

import { pretrain, pretrainDigitSums } from "../mod.ts";
import { runTask } from "./run_task.ts";

const usage = `Usage: deno task pretrain

Trains the models in data/models anew, and prints how well they fit.`;

async function pretrainAll() {
  let last = "";
  const options = {
    effort: 1,
    onProgress(percent: number, name: string) {
      const line = `${name} ${Math.floor(percent / 10) * 10}%`;
      if (line !== last) console.error(last = line);
    },
  };
  const results = {
    ...await pretrain(options),
    ...await pretrainDigitSums(options),
  };
  for (const [name, value] of Object.entries(results)) {
    console.log(`${name}: ${value.toPrecision(4)}`);
  }
}

if (import.meta.main) await runTask(usage, pretrainAll);
