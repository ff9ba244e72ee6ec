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
  const addon = await Deno.readFile(join(home, "tfjs_binding.node"));
  await writeBytes(join(tfjs, "lib/napi-v8/tfjs_binding.node"), addon);
  return `${version} (${wheel.kind})`;
}
