/**
 * Writes `data/picture_models.md`: the memory that the real transformers of pictures
 * take, by their public configurations.
 *
 *     deno run --allow-read --allow-write --allow-env --allow-sys --allow-ffi \
 *       lib/pretrained/write_memory_forecast.ts
 *
 * @module
 */

import { join } from "node:path";
import { dataDir, writeText } from "../data/files.ts";
import { forecastMemory } from "./pictures/memory_forecast.ts";
import publicConfigs from "./public_configs.json" with { type: "json" };

/** Pixels of a token's side, and the tokens of a text, by class. */
const inputs: Record<string, { pixels: number; textTokens: number }> = {
  SD3Transformer2DModel: { pixels: 16, textTokens: 77 + 256 },
  FluxTransformer2DModel: { pixels: 16, textTokens: 512 },
  SanaTransformer2DModel: { pixels: 32, textTokens: 300 },
};

const sides = [512, 1024];
const rank = 16;

/** Gigabytes of cards, such as RTX 4090, L40S, H100 and H200. */
const cards = [24, 48, 80, 141];

/** What of a card is left for tensors. */
const usable = 0.95;

const giga = 1e9;
const inGB = (bytes: number) => (bytes / giga).toFixed(1);

function smallestCard(bytes: number): string {
  const card = cards.find((size) => bytes <= usable * size * giga);
  return card === undefined ? "none of these" : `${card} GB`;
}

function row(name: string, config: Record<string, unknown>, side: number) {
  const { pixels, textTokens } = inputs[`${config._class_name}`];
  const tokens = (side / pixels) ** 2;
  const forecast = forecastMemory(config, {
    ...{ batch: 1, tokens, textTokens, rank },
  });
  const { parameters, weights, sampling, step, recomputedStep } = forecast;
  return [
    name,
    (parameters / giga).toFixed(2),
    inGB(weights / 2),
    inGB(weights),
    `${side}²`,
    ...[sampling, step, recomputedStep]
      .flatMap((bytes) => [inGB(bytes), smallestCard(bytes)]),
  ];
}

const head = [
  ...["model", "parameters, 10⁹", "weights bf16, GB", "weights f32, GB"],
  ...["picture", "sampling, GB", "on", "LoRA step, GB", "on"],
  ...["with `recompute`, GB", "on"],
];

const rows = Object.entries(publicConfigs).flatMap(([name, config]) =>
  sides.map((side) => row(name, config, side))
);

const table = [head, head.map(() => "---"), ...rows]
  .map((cells) => `| ${cells.join(" | ")} |`).join("\n");

await writeText(
  join(dataDir, "picture_models.md"),
  `# Memory of the post's own picture models

A forecast by \`forecastMemory\`, from the public configurations
(\`lib/pretrained/public_configs.json\`) and the shapes that the loader reads;
written by \`lib/pretrained/write_memory_forecast.ts\`. One picture at a time,
adapters of rank ${rank} on attention, float32, as this kit keeps weights. "on" is the
smallest card of ${cards.slice(0, -1).join(", ")} or ${
    cards.at(-1)
  } GB of which ${100 * usable}% are enough. Text
encoders and the decoder of pictures are not counted: they can run before and
after. Sampling and steps are upper bounds, for op by op and for the first call of
a compiled function; with \`recompute\` a gradient runs each block again in place of
remembering it.

${table}
`,
);
