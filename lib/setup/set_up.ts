import { join } from "node:path";
import { cacheDir, withLock } from "./cache.ts";
import { installNativeTensorFlow } from "./native_tensorflow.ts";
import { installJupyter, makeVenv } from "./python_env.ts";

/**
 * Installs the parts side by side. One that cannot be had is said and left out:
 * without native TensorFlow the kit runs on webgpu or wasm, without `.venv` it
 * runs no notebook.
 *
 * @param root The checkout, with `node_modules` in it.
 */
export async function setUp(root: string): Promise<void> {
  const start = performance.now();
  await withLock(join(cacheDir(), "lock"), "another set-up", async () => {
    const python = makeVenv(root);
    await Promise.all([
      part("native TensorFlow", installNativeTensorFlow(root, python)),
      part("Python", python.then((path) => installJupyter(root, path))),
    ]);
  });
  const seconds = (performance.now() - start) / 1000;
  console.error(`Set up in ${seconds.toFixed(1)} s`);
}

async function part(name: string, installed: Promise<string>) {
  try {
    console.error(`${name}: ${await installed}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    console.error(`${name}: not installed: ${reason}`);
  }
}
