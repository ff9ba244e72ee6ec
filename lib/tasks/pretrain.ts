/**
 * `deno task pretrain`: trains the models in `data/models` anew, or those that are
 * named, and prints how well they fit.
 *
 * @module
 */

import {
  pretrain,
  pretrainDigitSums,
  pretrainPictures,
  pretrainSpokenNumbers,
} from "../mod.ts";
import { fetchModel } from "../setup/fetch_model.ts";
import { runTask } from "./run_task.ts";
import { tellOnce } from "./tell_once.ts";

const usage = `Usage: deno task pretrain [NAME...]

Trains the models in data/models anew, and prints how well they fit.

  NAME  a model, such as mixture_flow_1; all but spoken_numbers when left out. The four
        models of digits are trained together. Those of picture_... need 175 MB of a
        sentence encoder, which is fetched. spoken_numbers speaks, hears and teaches
        what notebook 12 starts from; it needs espeak-ng and recordings (on Debian: apt
        install espeak-ng asterisk-core-sounds-en-wav).`;

/** Whether the models of pictures are among those to train. */
const asksPictures = (names: readonly string[]) =>
  names.length === 0 || names.some((name) => name.startsWith("picture_"));

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
    ...asksPictures(names) && await pretrainPictures({
      ...options,
      encoder: await fetchModel("minilm"),
    }),
    ...names.includes("spoken_numbers") && await pretrainSpokenNumbers({
      whisper: await fetchModel("whisper"),
      smollm2: await fetchModel("smollm2"),
      onProgress: tell,
    }),
  };
  const trained = Object.keys(results).map((key) => key.split(" ")[0]);
  const unknown = names.filter((name) => !trained.includes(name));
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
