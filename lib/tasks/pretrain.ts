/**
 * Trains the models in `data/models` anew and prints how well they fit.
 *
 * @module
 */
import { pretrain, pretrainDigitSums } from "../mod.ts";

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
