import { type Tensor, tf } from "../../tf/backend.ts";
import { aboutFolder, readAllTensors } from "../checkpoints/read_tensors.ts";
import { openWeights, type Weights } from "../checkpoints/weights.ts";
import { layersOf, type Named } from "../layers/named_layers.ts";
import { bertText } from "./bert_text.ts";
import { clipText } from "./clip_text.ts";
import { assertIds, type PromptArchitecture } from "./prompt_encoder.ts";
import { t5Encoder } from "./t5_encoder.ts";

/** A pretrained text encoder, such as those of picture models, frozen. */
export interface PromptEncoder {
  /** Its class in transformers, such as `"T5EncoderModel"`. */
  readonly className: string;
  /**
   * Encodes texts, without a mask, as the pipelines of SD3 and FLUX do.
   *
   * @param ids Token ids, int32 `[B, T]`.
   * @returns By the names of transformers: `last_hidden_state` `[B, T, E]`; for CLIP
   * also `hidden_states`, of its last block but one, which SD3 takes, and of the whole
   * text `text_embeds` `[B, P]` where it has a projection, else `pooler_output` `[B, E]`.
   * The caller disposes them.
   * @throws {TypeError} If `ids` has another type or shape.
   * @throws {RangeError} If one is not in the vocabulary, where values can be read.
   */
  encode(ids: Tensor): Named<Tensor>;
  /** Disposes the weights. */
  dispose(): void;
}

/**
 * Loads a text encoder of SD3 or FLUX.1 from a folder of diffusers (`text_encoder`,
 * `text_encoder_2`, `text_encoder_3`): CLIP with or without a projection, or the encoder
 * of T5 v1.1; or a BERT, such as the sentence encoder all-MiniLM-L6-v2. What it makes of
 * texts is what transformers does.
 *
 * @param folder The folder: `config.json` and one or more safetensors.
 * @returns The encoder, which the caller disposes.
 * @throws {RangeError} If its class or a value of the configuration is not supported, or
 * a weight is missing, too many, or of another shape, naming it.
 * @throws {Deno.errors.NotFound} If a file is missing, naming it.
 *
 * @example
 * ```ts
 * import { loadPromptEncoder, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = new URL("tests/pretrained/fixtures/t5", `file://${Deno.cwd()}/`);
 * const t5 = await loadPromptEncoder(folder.pathname); // a tiny one, random
 * const ids = tf.tensor2d([[3, 17, 1]], undefined, "int32");
 * const encoded = t5.encode(ids);
 * assertEquals(encoded.last_hidden_state.shape, [1, 3, 12]);
 * tf.dispose([ids, encoded]);
 * t5.dispose();
 * ```
 */
export async function loadPromptEncoder(
  folder: string,
): Promise<PromptEncoder> {
  const weights = await openWeights(folder);
  try {
    const className = classOf(weights);
    const architecture = architectures[className](weights);
    const { shapes, unused } = architecture;
    const tensors = await readAllTensors(weights, shapes, unused);
    return {
      className,
      encode(ids) {
        assertIds(architecture, ids);
        return tf.tidy(() => architecture.encode(layersOf(tensors, {}), ids));
      },
      dispose: () => tf.dispose(tensors),
    };
  } catch (error) {
    throw aboutFolder(error, folder);
  } finally {
    weights.close();
  }
}

const architectures: Record<string, (weights: Weights) => PromptArchitecture> =
  {
    CLIPTextModel: (weights) => clip(weights, false),
    CLIPTextModelWithProjection: (weights) => clip(weights, true),
    T5EncoderModel: ({ config }) => t5Encoder(config),
    BertModel: ({ config }) => bertText(config),
  };

/** CLIP; newer versions of transformers leave out the first word of names. */
function clip({ config, names }: Weights, projects: boolean) {
  const word = "text_model.";
  const prefix = names.some((name) => name.startsWith(word)) ? word : "";
  return clipText(config, { projects, prefix });
}

function classOf({ config }: Weights): string {
  const [className] = [config.architectures].flat();
  if (!Object.hasOwn(architectures, `${className}`)) {
    throw new RangeError(
      `expected architectures to be one of ${
        Object.keys(architectures).join(", ")
      }, got ${JSON.stringify(config.architectures)}`,
    );
  }
  return `${className}`;
}
