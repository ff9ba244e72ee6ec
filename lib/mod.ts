/**
 * The kit: reward fine-tuning of generative models, and what it does to their
 * diversity. A notebook needs this import alone; each folder has a door of its own
 * beside it, such as `kit/losses`.
 *
 * @module
 */

export * from "./tf/mod.ts";
export * from "./compile/mod.ts";
export * from "./data/mod.ts";
export * from "./models/mod.ts";
export * from "./paths/mod.ts";
export * from "./samplers/mod.ts";
export * from "./rewards/mod.ts";
export * from "./pretrained/mod.ts";
export * from "./metrics/mod.ts";
export * from "./losses/mod.ts";
export * from "./train/mod.ts";
export * from "./policies/mod.ts";
export * from "./methods/mod.ts";
export * from "./experiments/mod.ts";
export * from "./tracks/mod.ts";
export * from "./results/mod.ts";
export * from "./study/mod.ts";
export { fetchModel } from "./setup/fetch_model.ts";
