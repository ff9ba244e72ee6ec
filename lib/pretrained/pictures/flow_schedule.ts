import { join } from "node:path";
import { type Tensor, tf } from "../../tf/backend.ts";
import { assertPositiveInteger } from "../../tf/check.ts";
import { readJson } from "../../data/read_json.ts";
import {
  anything,
  oneOf,
  only,
  positive,
  readConfig,
  size,
} from "./model_config.ts";

/** The times of a sampler, as a scheduler of diffusers has them. */
export interface FlowTimes {
  /** Shares of noise, from about 1 down to 0, one more than there are steps. */
  readonly sigmas: readonly number[];
  /** What the pipeline tells the transformer at each step, of 1000. */
  readonly timesteps: readonly number[];
}

/** A scheduler of diffusers for flows. */
export interface FlowSchedule {
  /**
   * The times of a sampler.
   *
   * @param steps How many steps.
   * @param options `tokens` of the picture, for FLUX: its pipeline places times evenly
   * from 1 to 1 / steps, and a dynamic shift depends on the tokens.
   * @throws {RangeError} If `steps` or `tokens` is no positive integer, or `tokens` is
   * missing for a dynamic shift.
   */
  times(steps: number, options?: { tokens?: number }): FlowTimes;
}

/** The shift of times by which pictures of more pixels start with more noise. */
const shifted = (sigma: number, shift: number) =>
  shift * sigma / (1 + (shift - 1) * sigma);

const evenly = (from: number, to: number, count: number) =>
  Array.from(
    { length: count },
    (_, i) => count === 1 ? from : from + i * (to - from) / (count - 1),
  );

const eulerFields = {
  num_train_timesteps: size(1000),
  shift: positive(1),
  use_dynamic_shifting: oneOf(false, true),
  base_shift: positive(0.5),
  max_shift: positive(1.15),
  base_image_seq_len: size(256),
  max_image_seq_len: size(4096),
  invert_sigmas: oneOf(false),
  shift_terminal: oneOf(null),
  use_karras_sigmas: oneOf(false),
  use_exponential_sigmas: oneOf(false),
  use_beta_sigmas: oneOf(false),
  time_shift_type: oneOf("exponential"),
  stochastic_sampling: oneOf(false),
};

/** `FlowMatchEulerDiscreteScheduler`, that of SD3 and of FLUX. */
function eulerSchedule(config: Record<string, unknown>): FlowSchedule {
  const c = readConfig("FlowMatchEulerDiscreteScheduler", config, eulerFields);
  const { num_train_timesteps: count, shift } = c;
  // Rounded as diffusers keeps it: it was shifted once, and is shifted again below.
  const least = Math.fround(
    c.use_dynamic_shifting ? 1 / count : shifted(1 / count, shift),
  );
  const exponent = (tokens: number) => {
    const slope = (c.max_shift - c.base_shift) /
      (c.max_image_seq_len - c.base_image_seq_len);
    return Math.exp(c.base_shift + slope * (tokens - c.base_image_seq_len));
  };
  return {
    times(steps, { tokens } = {}) {
      assertPositiveInteger("steps", steps);
      if (tokens !== undefined) assertPositiveInteger("tokens", tokens);
      if (tokens === undefined && c.use_dynamic_shifting) {
        throw new RangeError(
          `Expected the tokens of the picture, on which the shift of this scheduler depends, got none`,
        );
      }
      const from = tokens === undefined
        ? evenly(1, least, steps)
        : evenly(1, 1 / steps, steps);
      const by = c.use_dynamic_shifting ? exponent(tokens!) : shift;
      const sigmas = from.map((sigma) => shifted(sigma, by));
      return {
        sigmas: [...sigmas, 0],
        timesteps: sigmas.map((sigma) => sigma * count),
      };
    },
  };
}

const solverFields = {
  num_train_timesteps: size(1000),
  prediction_type: only("flow_prediction", "epsilon"),
  use_flow_sigmas: only(true, false),
  flow_shift: positive(1),
  final_sigmas_type: oneOf("zero"),
  use_karras_sigmas: oneOf(false),
  use_exponential_sigmas: oneOf(false),
  use_beta_sigmas: oneOf(false),
  use_lu_lambdas: oneOf(false),
  use_dynamic_shifting: oneOf(false),
  thresholding: oneOf(false),
  // Of the solver, or of diffusion models that are no flows.
  ...Object.fromEntries(
    [
      ...["beta_start", "beta_end", "beta_schedule", "trained_betas"],
      ...["solver_order", "algorithm_type", "solver_type", "time_shift_type"],
      ...["dynamic_thresholding_ratio", "sample_max_value", "steps_offset"],
      ...["lower_order_final", "euler_at_final", "lambda_min_clipped"],
      ...["variance_type", "timestep_spacing", "rescale_betas_zero_snr"],
    ].map((name) => [name, anything]),
  ),
};

/** The times of `DPMSolverMultistepScheduler`, that of SANA; the solver is not read. */
function solverSchedule(config: Record<string, unknown>): FlowSchedule {
  const c = readConfig("DPMSolverMultistepScheduler", config, solverFields);
  const { num_train_timesteps: count, flow_shift: shift } = c;
  return {
    times(steps) {
      assertPositiveInteger("steps", steps);
      const sigmas = evenly(1, 1 / count, steps + 1)
        .map((alpha) => shifted(1 - alpha, shift)).toReversed().slice(0, -1);
      return {
        sigmas: [...sigmas, 0],
        // Whole ones: diffusers cuts what is behind the point.
        timesteps: sigmas.map((sigma) => Math.trunc(sigma * count)),
      };
    },
  };
}

const schedulers: Record<
  string,
  (config: Record<string, unknown>) => FlowSchedule
> = {
  FlowMatchEulerDiscreteScheduler: eulerSchedule,
  DPMSolverMultistepScheduler: solverSchedule,
};

/**
 * Reads the scheduler of a pipeline of diffusers, `scheduler_config.json`: that of SD3
 * and of FLUX, whose times are shifted by `shift` or by the size of the picture, or that
 * of SANA, of which the times are read (`flow_shift`), not the solver.
 *
 * @param folder The folder, such as `stable-diffusion-3-medium/scheduler`.
 * @returns The schedule.
 * @throws {RangeError} If its class or a value is not supported, naming it.
 * @throws {Deno.errors.NotFound} If there is no such file.
 *
 * @example
 * ```ts
 * import { loadFlowSchedule } from "kit";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const folder = new URL("tests/pretrained/fixtures/flux/scheduler", `file://${Deno.cwd()}/`);
 * const schedule = await loadFlowSchedule(folder.pathname);
 * const { sigmas } = schedule.times(2, { tokens: 256 });
 * // At 256 tokens sigma is shifted by e^0.5: e^0.5 0.5 / (1 + (e^0.5 - 1) 0.5).
 * assertAlmostEquals(sigmas[1], 0.6225, 1e-4);
 * ```
 */
export async function loadFlowSchedule(folder: string): Promise<FlowSchedule> {
  const config = await readJson(join(folder, "scheduler_config.json"));
  const name = `${config._class_name}`;
  if (!Object.hasOwn(schedulers, name)) {
    throw new RangeError(
      `Cannot load ${folder}: expected _class_name to be one of ${
        Object.keys(schedulers).join(", ")
      }, got ${JSON.stringify(config._class_name)}`,
    );
  }
  return schedulers[name](config);
}

/**
 * Samples a flow by Euler's method at a scheduler's times,
 *
 *     x += (sigma_next - sigma) v(x, sigma),
 *
 * as pipelines of diffusers do, whose velocities point from data to noise.
 *
 * @param v The velocity, given the point, the timestep of 1000 and how much of it is
 * noise; its other tensors are disposed.
 * @param noise Where to start; it stays.
 * @param times The times.
 * @returns The sample, which the caller disposes.
 *
 * @example
 * ```ts
 * import { sampleFlow, tf } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * const noise = tf.tensor1d([4]);
 * const times = { sigmas: [1, 0.5, 0], timesteps: [1000, 500] };
 * const sample = sampleFlow((x) => tf.clone(x), noise, times); // 4, 2, 1
 * assertEquals(await sample.array(), [1]);
 * tf.dispose([noise, sample]);
 * ```
 */
export function sampleFlow(
  v: (x: Tensor, timestep: number, sigma: number) => Tensor,
  noise: Tensor,
  { sigmas, timesteps }: FlowTimes,
): Tensor {
  let x = tf.clone(noise);
  for (const [i, timestep] of timesteps.entries()) {
    const before = x;
    const step = sigmas[i + 1] - sigmas[i];
    x = tf.tidy(() =>
      tf.add(before, tf.mul(v(before, timestep, sigmas[i]), step))
    );
    before.dispose();
  }
  return x;
}
