import { type SafetensorsOptions } from "../data/safetensors.ts";
import { type ReportProgress } from "../experiments/experiment.ts";
import { type Params } from "../models/params.ts";
import { savePretrained } from "../models/pretrained.ts";
import { type Fit, fit } from "../train/fit.ts";

/** How models are pretrained. */
export interface PretrainOptions {
  /** 1 for the kept models: it scales the number of steps. */
  effort: number;
  /** Which models to train, by name; all when left out. */
  names?: readonly string[];
  /** Called for each model. */
  onProgress?: ReportProgress;
}

/** Whether a model is to be trained. */
export const isAsked = (
  { names }: PretrainOptions,
  name: string,
): boolean => !names || names.includes(name);

/**
 * Fits a model and keeps it in `data/models`, with what made it.
 *
 * @param name The name of the file.
 * @param recipe The model, its data, and the steps of the kept one.
 * @param options The effort and the progress; `half`, to keep it in half precision.
 * @returns The parameters, which the caller disposes, and the last loss.
 */
export async function keepFit(
  name: string,
  recipe: Omit<Fit, "onProgress">,
  { effort, onProgress, half }: PretrainOptions & SafetensorsOptions,
): Promise<{ params: Params; loss: number }> {
  const iterations = Math.max(1, Math.round(effort * recipe.iterations));
  const { params, loss } = await fit({
    ...recipe,
    iterations,
    onProgress: (at) => onProgress?.(100 * at.iteration / at.iterations, name),
  });
  const { seed, learningRate } = recipe;
  const metadata = { iterations, seed, learningRate, loss };
  await savePretrained(
    name,
    params,
    Object.fromEntries(
      Object.entries(metadata).map(([key, value]) => [key, `${value}`]),
    ),
    { half },
  );
  return { params, loss };
}
