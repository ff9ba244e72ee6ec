/**
 * Builds `@tensorflow/tfjs-node-gpu`'s addon on the libtensorflow inside the PyPI
 * wheel: the CUDA wheel where an NVIDIA GPU answers, the CPU wheel elsewhere. No
 * Python package is imported; the wheel is only unpacked.
 *
 * @module
 */

import { join } from "node:path";
import { buildOnce, cacheDir, writeOnce } from "./cache.ts";
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
  const installed = join(root, addonPath);
  try {
    const { home, built } = await buildNativeTensorFlow(wheel, {
      root,
      python,
    });
    const addon = await Deno.readFile(join(home, "tfjs_binding.node"));
    await writeOnce(installed, addon);
    if (built) await assertLoads(root);
  } catch (error) {
    await Deno.remove(installed).catch(() => {}); // A damaged one ends its process.
    throw error;
  }
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
 * @returns The folder of `tfjs_binding.node` and of the libraries, in `lib/`, and
 * whether it was built now.
 * @throws {Error} If a tool is missing, or a download or the compiler fails.
 */
export async function buildNativeTensorFlow(
  wheel: Wheel,
  { root, python }: { root: string; python: Promise<string> },
): Promise<{ home: string; built: boolean }> {
  const { version: tfjsVersion } = JSON.parse(
    await Deno.readTextFile(
      join(root, "node_modules/@tensorflow/tfjs-node-gpu/package.json"),
    ),
  );
  const name = `tensorflow-${version}-${wheel.kind}-tfjs-${tfjsVersion}`;
  const home = join(cacheDir(), name);
  const built = await buildOnce(home, async (temporary) => {
    await assertCompiler(); // Before the download.
    await unpackWheel(wheel, temporary, await python);
    if (wheel.kind === "cuda") await addCuda(temporary, await python);
    await heartbeat(
      "native TensorFlow: compiling the addon",
      compileAddon({ folder: temporary, home, root }),
    );
  });
  return { home, built };
}

async function assertCompiler(): Promise<void> {
  try {
    await runCommand("g++", ["--version"]);
  } catch {
    throw new Error(
      "native TensorFlow needs a C++ compiler; going on without it, slower",
    );
  }
}

/** Loads the addon in a process of its own, which it may end. */
async function assertLoads(root: string): Promise<void> {
  const permissions = ["read", "env", "sys", "ffi"]
    .map((name) => `--allow-${name}`);
  await runCommand("deno", [
    ...["run", "--quiet", "--no-lock", ...permissions, "lib/tf/backend.ts"],
  ], { cwd: root, env: { KIT_BACKEND: "tensorflow" } });
}

/**
 * Compiles the addon that `@tensorflow/tfjs-node-gpu` ships as source, unchanged,
 * and a library beside it that keeps TensorFlow's start-up log quiet.
 *
 * @param places `folder`: where the wheel was unpacked; `home`: where that folder
 * will lie at last, and the addon look for the libraries; `root`: the checkout.
 */
async function compileAddon(
  { folder, home, root }: { folder: string; home: string; root: string },
): Promise<void> {
  const tensorflow = join(folder, "lib/tensorflow");
  const modules = join(root, "node_modules");
  const binding = join(modules, "@tensorflow/tfjs-node-gpu/binding");
  const flags = [
    ...["-O2", "-fPIC", "-shared", "-std=c++17", "-DNAPI_VERSION=8"],
    ...["-I", join(tensorflow, "include"), "-L", tensorflow],
    ...["-I", join(modules, "node-api-headers/include")],
    `-Wl,-rpath,${join(home, "lib/tensorflow")}`,
  ];
  await runCommand("g++", [
    ...flags,
    join(root, "lib/setup/native/quiet_log.cc"),
    ...["-l:libtensorflow_framework.so.2", "-Wl,-z,initfirst"],
    ...["-o", join(tensorflow, "libquiet_log.so")],
  ]);
  await runCommand("g++", [
    ...flags,
    join(binding, "tfjs_backend.cc"),
    join(binding, "tfjs_binding.cc"),
    ...["-Wl,--no-as-needed", "-l:libquiet_log.so"],
    ...["-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2"],
    ...["-o", join(folder, "tfjs_binding.node")],
  ]);
  await Deno.remove(join(tensorflow, "include"), { recursive: true });
}
