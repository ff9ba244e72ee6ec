import {
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import {
  loadVelocityTransformer,
} from "../../lib/pretrained/pictures/velocity_transformer.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { assertClose, fixture, group, valuesOf } from "./velocity_fixture.ts";
import { withConfig } from "./with_config.ts";

const models = [
  ...["sd3", "sd3_plain", "flux", "flux_plain", "sana", "sana_plain"],
];

for (const model of ["sd3", "flux", "sana"]) {
  Deno.test(`compiled, with blocks run again, ${model} and its gradient are those of diffusers`, async () => {
    const values = await valuesOf(model);
    const transformer = await loadVelocityTransformer(
      fixture(`${model}/transformer`),
      { recompute: true },
    );
    const before = tf.memory().numTensors;
    const { hidden_states, ...others } = group(values, "inputs");
    const both = compile((x: Tensor, cotangent: Tensor) => {
      const velocity = (x: Tensor) =>
        transformer.velocity({ hidden_states: x, ...others });
      const gradient = tf.grad(velocity)(x, cotangent);
      return { velocity: velocity(x), gradient };
    });
    for (let call = 0; call < 2; call++) { // traced, and as a graph
      const { velocity, gradient } = both(hidden_states, values.cotangent);
      assertClose(velocity, values.velocity, 2e-5);
      assertClose(gradient, values.gradient, 2e-5);
      tf.dispose([velocity, gradient]);
    }
    both.dispose();
    assertEquals(tf.memory().numTensors, before);
    transformer.dispose();
    tf.dispose(values);
  });
}

for (const model of models) {
  Deno.test(`the velocity of ${model} and its gradient are those of diffusers`, async () => {
    const values = await valuesOf(model);
    const before = tf.memory().numTensors;
    const transformer = await loadVelocityTransformer(
      fixture(`${model}/transformer`),
    );
    const { hidden_states, ...others } = group(values, "inputs");
    const velocity = transformer.velocity({ hidden_states, ...others });
    const gradient = tf.grad((x: Tensor) =>
      transformer.velocity({ hidden_states: x, ...others })
    )(hidden_states, values.cotangent);
    assertClose(velocity, values.velocity, 2e-5);
    assertClose(gradient, values.gradient, 2e-5);
    tf.dispose([velocity, gradient]);
    transformer.dispose();
    assertEquals(tf.memory().numTensors, before);
    tf.dispose(values);
  });
}

/** Inputs that the tiny SANA takes, float32 but for what the test changes. */
const inputsOf = (changed: Record<string, Tensor | undefined> = {}) =>
  Object.fromEntries(
    Object.entries({
      hidden_states: tf.ones([2, 4, 3, 5]),
      encoder_hidden_states: tf.ones([2, 6, 12]),
      timestep: tf.ones([2]),
      ...changed,
    }).filter(([, value]) => value !== undefined),
  ) as Record<string, Tensor>;

Deno.test("an input that is missing, unknown, or of another type or shape is refused by name", async () => {
  const before = tf.memory().numTensors;
  const sana = await loadVelocityTransformer(fixture("sana/transformer"));
  const cases: [Record<string, Tensor | undefined>, string][] = [
    [{ timestep: undefined }, "the input timestep of SanaTransformer2DModel"],
    [{ guidance: tf.ones([2]) }, '"guidance"'],
    [{ attention_mask: tf.ones([2, 15]) }, '"attention_mask"'],
    [
      { hidden_states: tf.ones([2, 5, 3, 5]) },
      "hidden_states of shape [B, 4, H, W], got [2, 5, 3, 5]",
    ],
    [{ hidden_states: tf.ones([2, 4, 15]) }, "hidden_states of shape"],
    [{ timestep: tf.ones([3]) }, "timestep of shape [B] with B = 2, got [3]"],
    [
      { encoder_attention_mask: tf.ones([2, 7]) },
      "encoder_attention_mask of shape [B, T] with B = 2, T = 6, got [2, 7]",
    ],
    [
      { encoder_hidden_states: tf.ones([2, 6, 12], "int32") },
      "encoder_hidden_states to be float32, got int32",
    ],
  ];
  tf.tidy(() => {
    for (const [changed, message] of cases) {
      assertThrows(() => sana.velocity(inputsOf(changed)), TypeError, message);
    }
    assertEquals(sana.velocity(inputsOf()).shape, [2, 4, 3, 5]);
  });
  sana.dispose();
  tf.dispose(cases.map(([changed]) => changed));
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("a picture of half patches, or larger than SD3's positions, is refused", async () => {
  const sd3 = await loadVelocityTransformer(fixture("sd3_plain/transformer"));
  const inputs = (height: number, width: number) => ({
    hidden_states: tf.ones([1, 4, height, width]),
    encoder_hidden_states: tf.ones([1, 5, 6]),
    pooled_projections: tf.ones([1, 5]),
    timestep: tf.ones([1]),
  });
  tf.tidy(() => {
    assertEquals(sd3.velocity(inputs(16, 2)).shape, [1, 4, 16, 2]);
    const odd = inputs(5, 4);
    assertThrows(() => sd3.velocity(odd), TypeError, "multiples of 2");
    const large = inputs(18, 4);
    assertThrows(() => sd3.velocity(large), TypeError, "at most 8 x 8 patches");
  });
  sd3.dispose();
});

Deno.test("a class, a value or a weight that does not fit is refused by name", async () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ _class_name: "UNet2DConditionModel" }, "UNet2DConditionModel"],
    [{ qk_norm: "l2" }, '"qk_norm"'],
    [{ dropout: 0.1 }, '"dropout"'],
    [{ patch_size: 0 }, '"patch_size"'],
    [{ num_layers: "2" }, '"num_layers"'],
    [{ cross_attention_dim: 12 }, '"cross_attention_dim"'],
    [{ speed: 3 }, '"speed" is not supported'],
    [{ num_layers: 3 }, "transformer_blocks.2."], // missing
    [{ num_layers: 1 }, "transformer_blocks.1."], // too many
    [{ caption_channels: 11 }, "caption_projection.linear_1.weight"], // misshaped
  ];
  for (const [changed, message] of cases) {
    const before = tf.memory().numTensors;
    await withConfig(fixture("sana/transformer"), changed, async (folder) => {
      const error = await assertRejects(
        () => loadVelocityTransformer(folder),
        RangeError,
        message,
      );
      assertStringIncludes(error.message, folder);
    });
    assertEquals(tf.memory().numTensors, before);
  }
});

Deno.test("values that diffusers has defaults for may be left out", async () => {
  // As in files of older versions.
  const before = tf.memory().numTensors;
  await withConfig(fixture("sana/transformer"), {
    guidance_embeds: undefined,
    timestep_scale: undefined,
    interpolation_scale: undefined,
    _diffusers_version: "0.32.0",
  }, async (folder) => (await loadVelocityTransformer(folder)).dispose());
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("FLUX's rotations share out the features of a head", async () => {
  for (const axes of [[2, 2, 2], [3, 3, 2]]) {
    await withConfig(
      fixture("flux/transformer"),
      { axes_dims_rope: axes },
      (folder) =>
        assertRejects(
          () => loadVelocityTransformer(folder),
          RangeError,
          `"axes_dims_rope" of even numbers whose sum is attention_head_dim = 8, got [${axes}]`,
        ),
    );
  }
});
