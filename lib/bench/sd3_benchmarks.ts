import { type Benchmark } from "./benchmarks.ts";
import { besideTorch, inFloat32 } from "./language_benchmarks.ts";

const latents = { side: 16, textTokens: 16, prompts: 2, perContext: 4 };

/**
 * What is measured of Stable Diffusion 3 beside `diffusers`: 8 latents of 16 x 16 to 2
 * prompts of 16 tokens, sampled in 4 steps; and a whole iteration of ADRPO-FM that draws as
 * many, with adapters of q, k, v and the output of attention.
 *
 * @param path The pipeline's folder in the layout of diffusers.
 */
export function sd3Benchmarks(path: string): Benchmark[] {
  return [
    {
      name: "(h) sample, SD3",
      work: { kind: "sd3_sample", path, ...latents, steps: 4 },
      ...inFloat32,
      targets: besideTorch(0.8),
    },
    {
      name: "(h) ADRPO-FM LoRA, SD3",
      work: {
        ...{ kind: "sd3_adrpo", path, ...latents, rank: 8 },
        ...{ sampleSteps: 4, updates: 2, beta0: 0.1 },
      },
      ...inFloat32,
      compared: 3, // The second factors start at zero.
      targets: besideTorch(0.8),
    },
  ];
}
