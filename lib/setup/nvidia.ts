import { runCommand } from "./run_command.ts";

/**
 * Asks whether there is an NVIDIA GPU and a driver that answers.
 *
 * @example
 * ```ts
 * import { hasNvidiaGpu } from "./nvidia.ts";
 *
 * console.log(await hasNvidiaGpu() ? "CUDA" : "no CUDA");
 * ```
 */
export async function hasNvidiaGpu(): Promise<boolean> {
  return await runCommand("nvidia-smi", ["-L"])
    .then((gpus) => gpus.includes("GPU"), () => false);
}
