/** What adapters of PEFT may be beside plain LoRA, with the value that leaves it plain. */
export const plainLora = {
  peft_type: "LORA",
  bias: "none",
  fan_in_fan_out: false,
  use_dora: false,
  use_rslora: false,
  rank_pattern: {},
  alpha_pattern: {},
  modules_to_save: null,
};

/** The same for what only some versions of PEFT know, so that it is not written. */
const plainToo = {
  lora_bias: false,
  use_qalora: false,
  use_bdlora: false,
  layer_replication: null,
  trainable_token_indices: null,
  target_parameters: null,
};

/**
 * The alpha of plain LoRA.
 *
 * @param config What PEFT says of adapters.
 * @param path Where it was read, for messages.
 * @throws {RangeError} If it asks for more than plain LoRA, or has no alpha.
 */
export function plainAlpha(
  config: Record<string, unknown>,
  path: string,
): number {
  for (const [name, value] of Object.entries({ ...plainLora, ...plainToo })) {
    const given = config[name] ?? value;
    if (JSON.stringify(given) !== JSON.stringify(value)) {
      throw new RangeError(
        `Cannot read ${path}: expected plain LoRA, ${name} ${
          JSON.stringify(value)
        }, got ${JSON.stringify(given)}`,
      );
    }
  }
  const { lora_alpha: alpha } = config;
  if (!(typeof alpha === "number" && alpha > 0 && alpha < Infinity)) {
    throw new RangeError(
      `Cannot read ${path}: expected lora_alpha to be a positive number, got ${
        JSON.stringify(alpha)
      }`,
    );
  }
  return alpha;
}
