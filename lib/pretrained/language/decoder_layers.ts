import { type Linears } from "../layers/lora.ts";
import { type DecoderConfig } from "./decoder_config.ts";

/** The seven linear layers of a block, by the end of their name. */
export const linearLayers = [
  ...["q_proj", "k_proj", "v_proj", "o_proj"],
  ...["gate_proj", "up_proj", "down_proj"],
] as const;

/** The shapes of all weights, by name. */
export function weightShapes(config: DecoderConfig): Record<string, number[]> {
  const { vocabulary, width, headSize, depth, biases, headNorms, tied } =
    config;
  const blocks = Array.from({ length: depth }, (_, layer) => {
    const block = `model.layers.${layer}`;
    const linear = linearLayers.flatMap((layer) => {
      const name = linearName(block, layer);
      const [outputs, inputs] = linearShape(config, layer);
      const biased = biases && ["q_proj", "k_proj", "v_proj"].includes(layer);
      return [
        [`${name}.weight`, [outputs, inputs]],
        ...biased ? [[`${name}.bias`, [outputs]]] : [],
      ];
    });
    return [
      ...linear,
      [`${block}.input_layernorm.weight`, [width]],
      [`${block}.post_attention_layernorm.weight`, [width]],
      ...headNorms
        ? ["q_norm", "k_norm"].map((norm) => [
          `${block}.self_attn.${norm}.weight`,
          [headSize],
        ])
        : [],
    ];
  });
  return Object.fromEntries([
    ["model.embed_tokens.weight", [vocabulary, width]],
    ...blocks.flat(),
    ["model.norm.weight", [width]],
    ...tied ? [] : [["lm_head.weight", [vocabulary, width]]],
  ]);
}

/** The linear layers of all blocks, in order. */
export function linearsOf(config: DecoderConfig): Linears {
  const blocks = Array.from(
    { length: config.depth },
    (_, layer) =>
      linearLayers.map((name) => [
        linearName(`model.layers.${layer}`, name),
        linearShape(config, name),
      ]),
  );
  return Object.fromEntries(blocks.flat());
}

/** The full name of a linear layer of a block. */
function linearName(block: string, layer: string): string {
  const part = layer.length > 6 ? "mlp" : "self_attn";
  return `${block}.${part}.${layer}`;
}

/** The shape of a linear layer, `[outputs, inputs]`. */
function linearShape(
  { width, hidden, heads, groups, headSize }: DecoderConfig,
  layer: string,
): [number, number] {
  switch (layer) {
    case "q_proj":
      return [heads * headSize, width];
    case "k_proj":
    case "v_proj":
      return [groups * headSize, width];
    case "o_proj":
      return [width, heads * headSize];
    case "down_proj":
      return [width, hidden];
    default:
      return [hidden, width];
  }
}
