import {
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { loadLanguageModel } from "../../lib/pretrained/language/language_model.ts";
import {
  withMerged,
  writeMerged,
} from "../../lib/pretrained/language/merge.ts";
import {
  readAdapters,
  writeAdapters,
} from "../../lib/pretrained/language/peft.ts";
import { memberOf } from "../../lib/pretrained/layers/lora.ts";
import { tf } from "../../lib/tf/backend.ts";
import {
  closeTo,
  families,
  fixture,
  trainedAdapters,
  withModel,
} from "./decoder_fixtures.ts";

for (const family of families) {
  Deno.test(`${family}: merged weights, written and loaded, give the adapters' logits`, () =>
    withModel(family, async (model, { tokens, logits }) => {
      const targets = ["q_proj", "k_proj", "v_proj", "o_proj", "down_proj"];
      const adapters = trainedAdapters(model, { members: 2, targets });
      const folder = await Deno.makeTempDir();
      await writeMerged(folder, model, adapters, 1);
      const merged = await loadLanguageModel(folder);
      const own = memberOf(adapters, 1);
      const expected = model.logits(tokens, own);
      const got = merged.logits(tokens);
      await closeTo(got, expected, 5e-5);
      // In memory they are the same, and the base stays as it is.
      const taught = withMerged(model, adapters, 1);
      const same = taught.logits(tokens);
      assertEquals(await same.data(), await got.data());
      taught.dispose();
      const base = model.logits(tokens);
      await closeTo(base, logits, 5e-5);
      tf.dispose([same, base]);
      // And they are not those of the base.
      assertNotEquals(
        [...await got.data()].map((x) => x.toFixed(2)),
        [...await logits.data()].map((x) => x.toFixed(2)),
      );
      tf.dispose([adapters, own, expected, got]);
      merged.dispose();
      await Deno.remove(folder, { recursive: true });
    }));
}

Deno.test("adapters that are written are read back to the last bit, alpha too", () =>
  withModel("qwen3", async (model) => {
    const adapters = trainedAdapters(model, {
      members: 2,
      targets: ["down_proj", "q_proj"],
    });
    const folder = await Deno.makeTempDir();
    await writeAdapters(folder, adapters, { member: 1, base: "some/base" });
    const back = await readAdapters(folder, model);
    const own = memberOf(adapters, 1);
    assertEquals(Object.keys(back), Object.keys(own));
    for (const name of Object.keys(own)) {
      assertEquals(back[name].shape, own[name].shape);
      assertEquals(await back[name].data(), await own[name].data());
    }
    const config = JSON.parse(
      await Deno.readTextFile(`${folder}/adapter_config.json`),
    );
    const { r, lora_alpha, target_modules, base_model_name_or_path } = config;
    assertEquals(
      { r, lora_alpha, target_modules, base_model_name_or_path },
      {
        r: 3,
        lora_alpha: 5,
        target_modules: ["q_proj", "down_proj"],
        base_model_name_or_path: "some/base",
      },
    );
    tf.dispose([adapters, back, own]);
    await Deno.remove(folder, { recursive: true });
  }));

Deno.test("adapters in half precision take half of the bytes, and are read back rounded", () =>
  withModel("llama", async (model) => {
    const adapters = trainedAdapters(model);
    const folder = await Deno.makeTempDir();
    await writeAdapters(`${folder}/half`, adapters, { half: true });
    await writeAdapters(`${folder}/whole`, adapters);
    const back = await readAdapters(`${folder}/half`, model);
    for (const [name, factor] of Object.entries(adapters)) {
      const rounded = new Float32Array(new Float16Array(await factor.data()));
      assertEquals(await back[name].data(), rounded, name);
    }
    const sizes = await Promise.all(["half", "whole"].map(async (name) => {
      const path = `${folder}/${name}/adapter_model.safetensors`;
      return (await Deno.stat(path)).size;
    }));
    const values = Object.values(adapters).reduce(
      (n, { size }) => n + size,
      -1,
    );
    // A header names places in the file, and is filled up to eight bytes.
    assertAlmostEquals(sizes[1] - sizes[0], 2 * values, 16);
    tf.dispose([adapters, back]);
    await Deno.remove(folder, { recursive: true });
  }));

Deno.test("adapters that are more than plain LoRA, or of another model, are refused", () =>
  withModel("llama", async (model) => {
    const source = fixture("llama", "adapter");
    const before = tf.memory().numTensors;
    const folder = await Deno.makeTempDir();
    const file = "adapter_config.json";
    const config = JSON.parse(await Deno.readTextFile(`${source}/${file}`));
    await Deno.copyFile(
      `${source}/adapter_model.safetensors`,
      `${folder}/adapter_model.safetensors`,
    );
    const refused: [Record<string, unknown>, string][] = [
      [{ use_dora: true }, "use_dora false, got true"],
      [{ use_rslora: true }, "use_rslora"],
      [{ peft_type: "IA3" }, 'peft_type "LORA", got "IA3"'],
      [{ bias: "all" }, "bias"],
      [{ alpha_pattern: { q_proj: 3 } }, "alpha_pattern"],
      [{ modules_to_save: ["lm_head"] }, "modules_to_save"],
      [{ lora_alpha: undefined }, "lora_alpha to be a positive number"],
    ];
    for (const [change, message] of refused) {
      const text = JSON.stringify({ ...config, ...change });
      await Deno.writeTextFile(`${folder}/${file}`, text);
      await assertRejects(
        () => readAdapters(folder, model),
        RangeError,
        message,
      );
    }
    await assertRejects(
      () => readAdapters(fixture("qwen3", "adapter"), model),
      TypeError,
      "of shape [1,16,3], got float32 [1,24,3]",
    );
    assertEquals(tf.memory().numTensors, before, "leaked");
    await Deno.remove(folder, { recursive: true });
  }));
