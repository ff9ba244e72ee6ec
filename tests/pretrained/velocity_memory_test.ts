import { assert, assertEquals, assertThrows } from "@std/assert";
import { layersOf } from "../../lib/pretrained/layers/named_layers.ts";
import { forecastMemory } from "../../lib/pretrained/pictures/memory_forecast.ts";
import { initVelocityAdapters } from "../../lib/pretrained/pictures/velocity_adapters.ts";
import {
  linearsOf,
  velocityArchitecture,
} from "../../lib/pretrained/pictures/velocity_transformer.ts";
import publicConfigs from "../../lib/pretrained/public_configs.json" with {
  type: "json",
};
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { keys } from "../../lib/tf/random.ts";
import shapesOfDiffusers from "./fixtures/public_shapes.json" with {
  type: "json",
};

const workload = { batch: 1, tokens: 1024, textTokens: 333, rank: 16 };

for (const [name, config] of Object.entries(publicConfigs)) {
  Deno.test(`the tensors of ${name} are those of diffusers, by name and shape`, async () => {
    const { shapes } = velocityArchitecture(config);
    const lines = Object.keys(shapes).sort()
      .map((name) => `${name} [${shapes[name].join(",")}]`);
    const bytes = new TextEncoder().encode(lines.join("\n"));
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const expected = shapesOfDiffusers[name as keyof typeof shapesOfDiffusers];
    assertEquals(hash.toHex(), expected.sha256);
    const { parameters, weights } = forecastMemory(config, workload);
    assertEquals(parameters, expected.numbers);
    assertEquals(weights, 4 * parameters);
  });
}

/** Sizes of a small model and of what it is given; a head has 8 features. */
interface Small {
  heads: number;
  layers: number;
  side: number;
  textTokens: number;
  batch: number;
}

const features = 8;
const conditions = 16;

/** Configurations of the three classes, and of SD3.5's second attention. */
const classes: Record<string, (small: Small) => Record<string, unknown>> = {
  sd3: ({ heads, layers }) => ({
    _class_name: "SD3Transformer2DModel",
    caption_projection_dim: heads * features,
    pos_embed_max_size: 24,
    num_layers: layers,
  }),
  sd35: ({ heads, layers }) => ({
    _class_name: "SD3Transformer2DModel",
    caption_projection_dim: heads * features,
    pos_embed_max_size: 24,
    num_layers: layers,
    qk_norm: "rms_norm",
    dual_attention_layers: Array.from({ length: layers }, (_, i) => i),
  }),
  flux: ({ layers }) => ({
    _class_name: "FluxTransformer2DModel",
    axes_dims_rope: [2, 2, 4],
    num_layers: Math.floor(layers / 2),
    num_single_layers: Math.ceil(layers / 2),
  }),
  sana: ({ heads, layers }) => ({
    _class_name: "SanaTransformer2DModel",
    cross_attention_dim: heads * features,
    cross_attention_head_dim: features,
    num_cross_attention_heads: heads,
    caption_channels: conditions,
    qk_norm: "rms_norm_across_heads",
    num_layers: layers,
  }),
};

const smalls: Small[] = [
  { heads: 4, layers: 2, side: 16, textTokens: 16, batch: 1 },
  { heads: 4, layers: 12, side: 16, textTokens: 100, batch: 1 },
  { heads: 16, layers: 3, side: 12, textTokens: 16, batch: 2 },
  { heads: 4, layers: 2, side: 22, textTokens: 30, batch: 1 },
];

/** What a velocity, and a velocity with its gradient, hold at most, in bytes. */
async function measure(config: Record<string, unknown>, small: Small) {
  const { side, textTokens, batch } = small;
  const { shapes, velocity } = velocityArchitecture(config);
  const flux = config._class_name === "FluxTransformer2DModel";
  const sana = config._class_name === "SanaTransformer2DModel";
  const tensors = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      tf.randomNormal(shape, 0, 0.1) as Tensor,
    ]),
  );
  const pixels = sana ? side : 2 * side;
  const inputs: Record<string, Tensor> = {
    hidden_states: tf.randomNormal(
      flux ? [batch, side ** 2, 4] : [batch, 4, pixels, pixels],
    ),
    encoder_hidden_states: tf.randomNormal([batch, textTokens, conditions]),
    timestep: tf.ones([batch]),
    ...!sana && { pooled_projections: tf.randomNormal([batch, conditions]) },
    ...flux && {
      img_ids: tf.ones([side ** 2, 3]),
      txt_ids: tf.ones([textTokens, 3]),
    },
  };
  const { alpha, ...adapters } = tf.tidy(() =>
    initVelocityAdapters({ linears: linearsOf(shapes) }, keys([0]), {
      rank: 1,
      alpha: 1,
    })
  );
  const peakOf = async (body: () => Tensor | Tensor[]) => {
    const before = tf.memory().numBytes;
    const { peakBytes } = await tf.profile(() => {
      tf.dispose(tf.tidy(body));
      return tf.scalar(0);
    });
    return peakBytes - before;
  };
  const names = Object.keys(adapters);
  const adapted = (recompute: boolean) => (...values: Tensor[]) =>
    velocity(
      layersOf(tensors, {
        recompute,
        adapters: {
          alpha,
          ...Object.fromEntries(names.map((name, i) => [name, values[i]])),
        },
      }),
      inputs,
    );
  const sampling = await peakOf(() => velocity(layersOf(tensors, {}), inputs));
  const stepOf = (recompute: boolean) =>
    peakOf(() =>
      tf.grads(adapted(recompute))(
        names.map((name) => adapters[name]),
        tf.onesLike(inputs.hidden_states),
      )
    );
  const [step, recomputedStep] = [await stepOf(false), await stepOf(true)];
  tf.dispose([tensors, inputs, alpha, adapters]);
  return { sampling, step, recomputedStep };
}

for (const [name, configOf] of Object.entries(classes)) {
  Deno.test(`the forecast of ${name} is an upper bound of what is held, and near it`, async () => {
    for (const small of smalls) {
      const { heads, side, textTokens, batch } = small;
      const config = {
        in_channels: 4,
        out_channels: 4,
        attention_head_dim: features,
        num_attention_heads: heads,
        joint_attention_dim: conditions,
        pooled_projection_dim: conditions,
        ...configOf(small),
      };
      if (name === "sana") {
        delete (config as Record<string, unknown>).joint_attention_dim;
        delete (config as Record<string, unknown>).pooled_projection_dim;
      }
      const forecast = forecastMemory(config, {
        ...{ batch, textTokens, tokens: side ** 2, rank: 1 },
      });
      const measured = await measure(config, small);
      for (const what of ["sampling", "step", "recomputedStep"] as const) {
        const ratio = (forecast[what] - forecast.weights) / measured[what];
        const message = `${what} ${JSON.stringify(small)}: ${ratio}`;
        assert(ratio >= 1 && ratio < 1.4, message);
      }
    }
  });
}

Deno.test("a workload that makes no sense is refused by name", () => {
  const config = publicConfigs["FLUX.1-dev"];
  assertThrows(
    () => forecastMemory(config, { ...workload, tokens: 0 }),
    RangeError,
    "tokens",
  );
  assertThrows(() => forecastMemory({}, workload), RangeError, "_class_name");
});
