/**
 * Builds `@tensorflow/tfjs-node-gpu`'s addon on the libtensorflow inside the PyPI
 * wheel: the CUDA wheel where an NVIDIA GPU answers, the CPU wheel elsewhere. No
 * Python package is imported; the wheel is only unpacked.
 *
 * @module
 */

import { join } from "node:path";
import { writeBytes } from "../data/files.ts";
import { buildOnce, cacheDir } from "./cache.ts";
import { compileAddon } from "./compile_addon.ts";
import { heartbeat } from "./heartbeat.ts";
import { hasNvidiaGpu } from "./nvidia.ts";
import { runCommand } from "./run_command.ts";
import {
  addCuda,
  chooseWheel,
  tensorflowVersion as version,
  unpackWheel,
  type Wheel,
} from "./tensorflow_wheel.ts";

/**
 * Puts the addon into `node_modules`, from the user's cache or else built there.
 *
 * @param root The checkout, with `node_modules` in it.
 * @param python The path of a Python with pip, once there is one.
 * @returns What was installed, in words.
 * @throws {Error} If a tool is missing, or a download or the compiler fails.
 */
export async function installNativeTensorFlow(
  root: string,
  python: Promise<string>,
): Promise<string> {
  const wheel = chooseWheel({ ...Deno.build, gpu: await hasNvidiaGpu() });
  const home = await buildNativeTensorFlow(wheel, { root, python });
  const addon = await Deno.readFile(join(home, "tfjs_binding.node"));
  await writeBytes(join(root, addonPath), addon);
  return `${version} (${wheel.kind})`;
}

/** Where TensorFlow.js looks for the addon, in a checkout. */
export const addonPath =
  "node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node";

/**
 * Builds native TensorFlow in the user's cache, unless it is there.
 *
 * @param wheel The build of TensorFlow.
 * @param options The checkout, with `node_modules` in it, and the path of a Python
 * with pip, once there is one.
 * @returns The folder of `tfjs_binding.node` and of the libraries, in `lib/`.
 * @throws {Error} If a tool is missing, or a download or the compiler fails.
 */
export async function buildNativeTensorFlow(
  wheel: Wheel,
  { root, python }: { root: string; python: Promise<string> },
): Promise<string> {
  const tfjs = join(root, "node_modules/@tensorflow/tfjs-node-gpu");
  const { version: tfjsVersion } = JSON.parse(
    await Deno.readTextFile(join(tfjs, "package.json")),
  );
  const name = `tensorflow-${version}-${wheel.kind}-tfjs-${tfjsVersion}`;
  const home = join(cacheDir(), name);
  await buildOnce(home, async (temporary) => {
    await runCommand("g++", ["--version"]); // Fails before the download does.
    await unpackWheel(wheel, temporary, await python);
    if (wheel.kind === "cuda") await addCuda(temporary, await python);
    await heartbeat(
      "native TensorFlow: compiling the addon",
      compileAddon({ folder: temporary, home, root }),
    );
  });
  return home;
}
