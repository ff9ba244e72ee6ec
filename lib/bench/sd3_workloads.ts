import { join } from "node:path";
import { contextIds } from "../data/context_ids.ts";
import { oncePerPath } from "../data/once_per_path.ts";
import { readJson } from "../data/read_json.ts";
import {
  loadFlowSchedule,
  sampleFlow,
} from "../pretrained/pictures/flow_schedule.ts";
import { promptedFlow } from "../pretrained/pictures/prompted_flow.ts";
import { loadVelocityTransformer } from "../pretrained/pictures/velocity_transformer.ts";
import { mapParams } from "../models/params.ts";
import { type Tensor, tf } from "../tf/backend.ts";
import { foldIn, keys, normal } from "../tf/random.ts";
import { fmIteration, type FmSizes } from "./online_workloads.ts";
import { brightness } from "./picture_workloads.ts";
import { type Workload } from "./workload.ts";

/** A Stable Diffusion 3, and what it makes pictures of. */
type Sizes = {
  /** The pipeline, as diffusers lays it out: `transformer` and `scheduler`. */
  path: string;
  /** Rows and columns of latents. */
  side: number;
  textTokens: number;
  prompts: number;
  perContext: number;
};

/** One of each, which stays. */
const loaded = oncePerPath(loadVelocityTransformer);

/** The transformer, the shape of a latent, and prompts of random numbers. */
async function promptedTransformer(
  { path, side, textTokens, prompts }: Omit<Sizes, "perContext">,
) {
  const folder = join(path, "transformer");
  const config = await readJson(join(folder, "config.json"));
  const size = (name: string) => config[name] as number;
  return {
    transformer: await loaded(folder),
    event: [size("in_channels"), side, side],
    given: {
      encoder_hidden_states: drawn(keys([2]), [
        ...[prompts, textTokens, size("joint_attention_dim")],
      ]),
      pooled_projections: drawn(keys([3]), [
        ...[prompts, size("pooled_projection_dim")],
      ]),
    },
  };
}

/** Normals of one key, in a shape of their own. */
const drawn = (key: Tensor, shape: number[]): Tensor =>
  tf.tidy(() => tf.squeeze(normal(key, shape), [0]));

/** A sample of Stable Diffusion 3 by Euler's method, at its scheduler's own times. */
export async function sd3Sample(
  { steps, perContext, ...sizes }: Sizes & { steps: number },
): Promise<Workload> {
  const { transformer, event, given } = await promptedTransformer(sizes);
  const schedule = await loadFlowSchedule(join(sizes.path, "scheduler"));
  const times = schedule.times(steps);
  const rows = contextIds(sizes.prompts, perContext);
  const noise = (iteration: number | Tensor) =>
    drawn(foldIn(keys([1]), iteration), [rows.size, ...event]);
  return {
    state: given,
    step: (state, iteration) => {
      const asked = mapParams(state, (prompt) => tf.gather(prompt, rows));
      const v = (hidden_states: Tensor, t: number) =>
        transformer.velocity({
          ...{ ...asked, hidden_states, timestep: tf.fill([rows.size], t) },
        });
      return {
        state,
        logs: { latents: sampleFlow(v, noise(iteration), times) },
      };
    },
    repeat: {
      params: given,
      draws: (iteration) => ({ noise: noise(iteration) }),
    },
    values: ({ latents }) => latents,
  };
}

/** One online iteration of ADRPO-FM on adapters of Stable Diffusion 3's attention. */
export async function sd3Adrpo(
  { path, side, textTokens, prompts, rank, ...sizes }:
    & Sizes
    & FmSizes
    & { rank: number },
): Promise<Workload> {
  const { transformer, event, given } = await promptedTransformer(
    { path, side, textTokens, prompts },
  );
  const model = promptedFlow(transformer, {
    ...{ event, prompts: given, adapters: { rank, alpha: 2 * rank } },
  });
  const reference = model.init(keys([0]));
  return fmIteration({ model, reference, reward: brightness }, sizes, {
    ...{ ...reference, ...given },
  });
}
