/**
 * Writes adapters, and models with adapters merged into them, and the logits that they
 * have here. `peft_round_trip.py`, which needs PyTorch, opens them with PEFT and with
 * transformers, and compares:
 *
 *     deno task test tests/pretrained/peft_round_trip.ts
 *     python tests/pretrained/peft_round_trip.py data/runs/peft
 *
 * @module
 */

import { join } from "node:path";
import { runsDir } from "../../lib/data/files.ts";
import { writeSafetensors } from "../../lib/data/safetensors.ts";
import { linearLayers } from "../../lib/pretrained/language/decoder_layers.ts";
import { writeMerged } from "../../lib/pretrained/language/merge.ts";
import { writeAdapters } from "../../lib/pretrained/language/peft.ts";
import { memberOf } from "../../lib/pretrained/layers/lora.ts";
import { tf } from "../../lib/tf/backend.ts";
import {
  families,
  fixture,
  trainedAdapters,
  withModel,
} from "./decoder_fixtures.ts";

for (const family of families) {
  Deno.test(`${family}: adapters and merged models are written`, () =>
    withModel(family, async (model, { tokens }) => {
      const targets = family === "qwen2" ? undefined : [...linearLayers];
      const adapters = trainedAdapters(model, { members: 2, targets });
      const member = 1;
      const own = memberOf(adapters, member);
      const logits = model.logits(tokens, own);
      const folder = join(runsDir("peft"), family);
      await writeAdapters(`${folder}/adapter`, adapters, {
        ...{ member, base: fixture(family) },
      });
      await writeMerged(`${folder}/merged`, model, adapters, member);
      await writeSafetensors(`${folder}/logits.safetensors`, {
        tokens,
        logits,
      });
      tf.dispose([adapters, own, logits]);
    }));
}
