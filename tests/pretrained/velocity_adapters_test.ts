import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  encodeSafetensors,
  readSafetensors,
} from "../../lib/data/safetensors.ts";
import { type Params } from "../../lib/models/params.ts";
import {
  readVelocityAdapters,
  writeVelocityAdapters,
} from "../../lib/pretrained/pictures/velocity_adapter_files.ts";
import { initVelocityAdapters } from "../../lib/pretrained/pictures/velocity_adapters.ts";
import {
  loadVelocityTransformer,
  type VelocityTransformer,
} from "../../lib/pretrained/pictures/velocity_transformer.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import {
  assertClose,
  fixture,
  group,
  type Tensors,
  valuesOf,
} from "./velocity_fixture.ts";

const models = ["sd3", "flux", "sana"];
const fileName = "pytorch_lora_weights.safetensors";

/** Runs a test on a transformer, and checks that it leaves no tensor. */
async function withTransformer(
  name: string,
  use: (
    transformer: VelocityTransformer,
    inputs: Tensors,
    values: Tensors,
  ) => unknown,
) {
  const before = tf.memory().numTensors;
  const values = await valuesOf(name);
  const transformer = await loadVelocityTransformer(
    fixture(`${name}/transformer`),
  );
  await use(transformer, group(values, "inputs"), values);
  tf.dispose(values);
  transformer.dispose();
  assertEquals(tf.memory().numTensors, before);
}

/** The inputs of the step of ADRPO of a fixture: 3 answers to each of 2 prompts. */
function stepInputs(
  { timeScale }: VelocityTransformer,
  inputs: Tensors,
  values: Tensors,
): Tensors {
  const { x0, x1, t } = group(values, "adrpo");
  const rows = tf.tensor1d([0, 0, 0, 1, 1, 1], "int32");
  const own = Object.entries(inputs).map(([name, value]) => [
    name,
    name.endsWith("_ids") ? value : tf.gather(value, rows),
  ]);
  const share = tf.reshape(t, [-1, ...x0.shape.slice(1).map(() => 1)]);
  return {
    ...Object.fromEntries(own),
    hidden_states: tf.add(x0, tf.mul(share, tf.sub(x1, x0))),
    timestep: tf.mul(tf.sub(1, t), timeScale),
  };
}

for (const name of models) {
  Deno.test(`adapters of ${name} that diffusers wrote give its velocity`, () =>
    withTransformer(name, async (transformer, inputs, values) => {
      const path = fixture(`${name}/lora/${fileName}`);
      const adapters = await readVelocityAdapters(path, transformer);
      const velocity = tf.tidy(() =>
        tf.neg(
          transformer.velocity(
            stepInputs(transformer, inputs, values),
            adapters,
          ),
        )
      );
      assertClose(velocity, values["adrpo.v"], 2e-5);
      tf.dispose([velocity, adapters]);
    }));

  Deno.test(`adapters of ${name} are written with the names and the numbers of diffusers`, () =>
    withTransformer(name, async (transformer) => {
      const theirs = fixture(`${name}/lora/${fileName}`);
      const ours = await Deno.makeTempFile({ suffix: ".safetensors" });
      const adapters = await readVelocityAdapters(theirs, transformer);
      await writeVelocityAdapters(ours, adapters);
      const [expected, actual] = [
        await readSafetensors(theirs),
        await readSafetensors(ours),
      ];
      assertEquals(contents(actual.tensors), contents(expected.tensors));
      const [config, theirConfig] = [actual, expected].map(({ metadata }) =>
        JSON.parse(metadata.lora_adapter_metadata)
      );
      for (const key of ["r", "lora_alpha"]) {
        const name = `transformer.${key}`;
        assertEquals(config[name], theirConfig[name]);
      }
      const again = await readVelocityAdapters(ours, transformer);
      assertEquals(contents(again), contents(adapters));
      tf.dispose([adapters, again, expected.tensors, actual.tensors]);
      await Deno.remove(ours);
    }));
}

/** Shapes and values by name, in the order of the names. */
function contents(tensors: Tensors) {
  return Object.keys(tensors).sort().map((name) => [
    name,
    tensors[name].shape,
    [...tensors[name].dataSync()],
  ]);
}

Deno.test("a file of save_lora_adapter, without the pipeline's prefix, reads the same", () =>
  withTransformer("sd3", async (transformer) => {
    const [ofPipeline, ofModel] = [
      await readVelocityAdapters(fixture(`sd3/lora/${fileName}`), transformer),
      await readVelocityAdapters(
        fixture(`sd3/lora_of_model/${fileName}`),
        transformer,
      ),
    ];
    assertEquals(contents(ofModel), contents(ofPipeline));
    tf.dispose([ofPipeline, ofModel]);
  }));

Deno.test("fresh adapters are on the layers asked for and leave the velocity as it is", () =>
  withTransformer("flux", (transformer, inputs, values) => {
    const options = { rank: 3, alpha: 6, targets: ["to_q", "proj_out"] };
    const adapters = tf.tidy(() =>
      initVelocityAdapters(transformer, keys([4, 5]), options)
    );
    assertEquals(
      Object.entries(adapters).filter(([name]) => !name.includes("lora_B"))
        .map(([name, { shape }]) => [name, shape]),
      [
        ["alpha", [2]],
        ["transformer_blocks.0.attn.to_q.lora_A.weight", [2, 3, 16]],
        ...[0, 1].flatMap((i) => [
          [`single_transformer_blocks.${i}.proj_out.lora_A.weight`, [2, 3, 80]],
          [
            `single_transformer_blocks.${i}.attn.to_q.lora_A.weight`,
            [2, 3, 16],
          ],
        ]),
        ["proj_out.lora_A.weight", [2, 3, 16]],
      ],
    );
    const velocity = transformer.velocity(inputs, adapters);
    assertClose(velocity, values.velocity, 2e-5);
    tf.dispose([velocity, adapters]);
  }));

Deno.test("a population's velocities are those of its members alone", () =>
  withTransformer("sd3", async (transformer, inputs) => {
    const one = await readVelocityAdapters(
      fixture(`sd3/lora/${fileName}`),
      transformer,
    );
    const both: Params = tf.tidy(() =>
      Object.fromEntries(
        Object.entries(one).map(([name, x]) => [
          name,
          tf.concat([x, tf.mul(x, 0.5)], 0),
        ]),
      )
    );
    const twice: Tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, x]) => [name, tf.concat([x, x], 0)]),
    );
    const all = transformer.velocity(twice, both);
    const half: Params = tf.tidy(() =>
      Object.fromEntries(
        Object.entries(one).map(([name, x]) => [name, tf.mul(x, 0.5)]),
      )
    );
    const alone = [one, half].map((p) => transformer.velocity(inputs, p));
    const joined = tf.concat(alone, 0);
    assertClose(all, joined, 1e-5);
    tf.dispose([one, both, twice, all, half, alone, joined]);
  }));

Deno.test("adapters and targets that do not fit are refused by name", () =>
  withTransformer("sd3", (transformer, inputs) =>
    tf.tidy(() => {
      const layer = "transformer_blocks.0.attn.to_q";
      const [a, b] = [`${layer}.lora_A.weight`, `${layer}.lora_B.weight`];
      const fits: Params = {
        alpha: tf.ones([1]),
        [a]: tf.ones([1, 2, 16]),
        [b]: tf.ones([1, 16, 2]),
      };
      const { [b]: _, ...withoutB } = fits;
      const cases: [Params, string][] = [
        [{ ...fits, [a]: tf.ones([1, 2, 15]) }, `"${a}" of shape [1,2,16]`],
        [{ ...fits, [b]: tf.ones([1, 16, 3]) }, `"${b}" of shape [1,16,2]`],
        [{ ...fits, other: tf.ones([1]) }, '"other"'],
        [withoutB, `"${b}"`],
        [
          initVelocityAdapters(transformer, keys([0, 1, 2]), {
            rank: 1,
            alpha: 1,
          }),
          "3 members",
        ],
      ];
      for (const [adapters, message] of cases) {
        assertThrows(
          () => transformer.velocity(inputs, adapters),
          TypeError,
          message,
        );
      }
      const wrong = { rank: 1, alpha: 1, targets: ["to_x"] };
      assertThrows(
        () => initVelocityAdapters(transformer, keys([0]), wrong),
        RangeError,
        '"to_x"',
      );
    })));

Deno.test("files of adapters that ask for more than plain LoRA are refused", () =>
  withTransformer("sd3", async (transformer) => {
    const layer = "transformer.transformer_blocks.0.attn.to_q";
    const plain = {
      [`${layer}.lora_A.weight`]: tf.ones([2, 16]),
      [`${layer}.lora_B.weight`]: tf.ones([16, 2]),
    };
    const vector = tf.ones([16]);
    const path = await Deno.makeTempFile({ suffix: ".safetensors" });
    const read = async (
      tensors: Tensors,
      metadata: Record<string, unknown>,
    ) => {
      const json = Object.keys(metadata).length > 0 &&
        { lora_adapter_metadata: JSON.stringify(metadata) };
      await Deno.writeFile(
        path,
        await encodeSafetensors(tensors, { ...json }),
      );
      return await readVelocityAdapters(path, transformer);
    };
    const alpha = { "transformer.lora_alpha": 4 };
    const cases: [Tensors, Record<string, unknown>, string][] = [
      [plain, { ...alpha, "transformer.use_dora": true }, "use_dora"],
      [plain, { "transformer.r": 2 }, "lora_alpha"],
      [{ ...plain, "text_encoder.x": vector }, alpha, "text_encoder.x"],
      [
        { ...plain, [`${layer}.lora_magnitude_vector`]: vector },
        alpha,
        "lora_magnitude_vector",
      ],
    ];
    for (const [tensors, metadata, message] of cases) {
      await assertRejects(() => read(tensors, metadata), Error, message);
    }
    for (const json of ["{", "[4]"]) {
      await Deno.writeFile(
        path,
        await encodeSafetensors(plain, { lora_adapter_metadata: json }),
      );
      await assertRejects(
        () => readVelocityAdapters(path, transformer),
        RangeError,
        `Cannot read lora_adapter_metadata of ${path}: expected`,
      );
    }
    // Without metadata alpha is the rank, as for diffusers.
    const adapters = await read(plain, {});
    assertEquals([...adapters.alpha.dataSync()], [2]);
    tf.dispose([plain, vector, adapters]);
    await Deno.remove(path);
  }));
