import { join } from "node:path";
import { runCommand } from "./run_command.ts";

/**
 * Compiles the addon that `@tensorflow/tfjs-node-gpu` ships as source, unchanged,
 * and a library beside it that keeps TensorFlow's start-up log quiet.
 *
 * @param places `folder`: where the wheel was unpacked; `home`: where that folder
 * will lie at last, and the addon look for the libraries; `root`: the checkout.
 */
export async function compileAddon(
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
    join(root, "lib/tasks/native/quiet_log.cc"),
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
