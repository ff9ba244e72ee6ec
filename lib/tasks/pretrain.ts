/**
 * Trains the models in `data/models` anew and prints how well they fit.
 *
 * @module
 */
import { pretrain } from "../mod.ts";

let last = "";
const results = await pretrain({
  effort: 1,
  onProgress(percent, name) {
    const line = `${name} ${Math.floor(percent / 10) * 10}%`;
    if (line !== last) console.error(last = line);
  },
});
for (const [name, value] of Object.entries(results)) {
  console.log(`${name}: ${value.toPrecision(4)}`);
}
