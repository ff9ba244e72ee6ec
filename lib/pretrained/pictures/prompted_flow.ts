import {
  assertVelocityInputs,
  type VelocityModel,
} from "../../models/velocity_model.ts";
import { type Tensor, tf } from "../../tf/backend.ts";
import { assertKnown } from "../../tf/check.ts";
import { type LoraOptions } from "../layers/lora.ts";
import { type Named } from "../layers/named_layers.ts";
import { initVelocityAdapters } from "./velocity_adapters.ts";
import { type VelocityTransformer } from "./velocity_transformer.ts";

/** What a pretrained transformer makes pictures of. */
export interface PromptedFlowOptions {
  /** The shape of a latent: `[C, H, W]`, or `[S, C]` for FLUX. */
  event: readonly number[];
  /**
   * Inputs of the transformer that say what is asked, by the names of diffusers: a row
   * a prompt, such as `encoder_hidden_states` `[C, T, E]` and `guidance` `[C]`. They
   * stay the caller's.
   */
  prompts: Named<Tensor>;
  /** Inputs that are the same for all, such as FLUX's `img_ids` and `txt_ids`. */
  shared?: Named<Tensor>;
  /** Which layers are trained, and how. */
  adapters: LoraOptions;
}

/**
 * A pretrained transformer as a velocity model of this kit, whose parameters are
 * adapters: `flowPolicy` and every method of flows then train it. The members share the
 * frozen base, and their batches are one.
 *
 * The kit's time runs from noise, t = 0, to data; that of these transformers from data to
 * noise, sigma = 1 - t, and their velocity with it: `v(xt, t, c) = -transformer(xt, 1 - t)`.
 *
 * @param transformer The transformer, which must live as long as the model.
 * @param options What it makes pictures of, and what is trained.
 * @returns The model; what `init` draws starts as the base itself: one member of it is
 * the reference of a `flowPolicy`.
 * @throws {TypeError} If an option has an unknown name, or the prompts do not have one
 * count of rows.
 *
 * @example
 * ```ts
 * import { flowPolicy, keys, loadVelocityTransformer, promptedFlow, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = new URL("tests/pretrained/fixtures/sana/transformer", `file://${Deno.cwd()}/`);
 * const sana = await loadVelocityTransformer(folder.pathname);
 * const prompts = { encoder_hidden_states: tf.randomNormal([3, 6, 12]) };
 * const model = promptedFlow(sana, {
 *   event: [4, 3, 5],
 *   prompts,
 *   adapters: { rank: 2, alpha: 4 },
 * });
 * const reference = tf.tidy(() => model.init(keys([0])));
 * const policy = flowPolicy({ model, reference }, { sampleSteps: 2 });
 * const answers = tf.tidy(() => {
 *   const params = policy.init(2);
 *   return policy.draw(params, { keys: keys([5]), perContext: 4 }).answers;
 * });
 * assertEquals(answers.shape, [2, 12, 4 * 3 * 5]); // members, samples, numbers
 * tf.dispose([prompts, reference, answers]);
 * sana.dispose();
 * ```
 */
export function promptedFlow(
  transformer: VelocityTransformer,
  options: PromptedFlowOptions,
): VelocityModel {
  assertKnown("the options of promptedFlow", options, [
    ...["event", "prompts", "shared", "adapters"],
  ]);
  const { event, prompts, shared, adapters } = options;
  const contexts = countPrompts(prompts);
  const dim = event.reduce((product, size) => product * size, 1);
  return {
    dim,
    contexts,
    init: (keys) => initVelocityAdapters(transformer, keys, adapters),
    velocity(params, xt, t, c) {
      assertVelocityInputs(dim, { params, xt, t, c });
      const [members, samples] = xt.shape;
      const batch = members * samples;
      return tf.tidy(() => {
        const rows = tf.tile(c, [members]);
        const asked = Object.entries(prompts)
          .map(([name, prompt]) => [name, tf.gather(prompt, rows)]);
        const sigma = tf.mul(tf.sub(1, t), tf.ones([members, samples]));
        const velocity = transformer.velocity({
          ...Object.fromEntries(asked),
          ...shared,
          hidden_states: tf.reshape(xt, [batch, ...event]),
          timestep: tf.reshape(tf.mul(sigma, transformer.timeScale), [batch]),
        }, params);
        return tf.reshape(tf.neg(velocity), xt.shape);
      });
    },
  };
}

function countPrompts(prompts: Named<Tensor>): number {
  const counts = new Set(Object.values(prompts).map(({ shape }) => shape[0]));
  const [count] = counts;
  if (counts.size !== 1 || !count) {
    throw new TypeError(
      `Expected prompts to be tensors of one count of rows, a row a prompt, got [${[
        ...counts,
      ]}]`,
    );
  }
  return count;
}
