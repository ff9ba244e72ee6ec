/**
 * The one module that imports TensorFlow. On import it takes the first backend
 * that works, native TensorFlow → WebGPU → WebAssembly, and says on stderr
 * which one, on which device and why. `KIT_BACKEND` forces one of
 * `tensorflow`, `webgpu`, `wasm`; a forced backend that does not load is an
 * error, never a fallback. WebGPU on a software driver is slower than
 * WebAssembly, so it is taken only where it is forced.
 *
 * @module
 */

import * as tfjs from "@tensorflow/tfjs";
import os from "node:os";
import util from "node:util";
import { type Backend as AnyBackend, climb } from "./ladder.ts";
import { useNativeKernels } from "./native_kernels.ts";
import { isSoftwareAdapter } from "./software_adapter.ts";
import { watchForStops } from "./stops.ts";

export type { Tensor } from "@tensorflow/tfjs";

/** Which backend runs the tensors, on which device, and why that one. */
export type Backend = AnyBackend<"tensorflow" | "webgpu" | "wasm">;

/** The loaded TensorFlow.js, its backend ready. */
export const tf: typeof tfjs = tfjs;

/**
 * How many threads share an op. TensorFlow takes one for each processor that it may
 * use, two to a core where there is hyperthreading: small ops then take up to twice
 * as long. The kit takes half, unless this is set.
 */
const threads = "TF_NUM_INTRAOP_THREADS";

/** The process whose only WebGPU adapter was refused, and what that is. */
const refused = "KIT_REFUSED_ADAPTER";

/** The backend taken when this module was first imported. */
export const backend: Backend = await climb([
  { name: "tensorflow", load: loadTensorFlow },
  { name: "webgpu", load: loadWebGpu },
  { name: "wasm", load: loadWasm },
], Deno.env.get("KIT_BACKEND"));

announce(backend);

// Elsewhere a stop ends the process.
if (isNotebook()) setInterval(watchForStops(tf), 50);

async function loadTensorFlow() {
  // Node dropped this helper; tfjs-node still calls it.
  const helpers = util as unknown as Record<string, unknown>;
  helpers.isNullOrUndefined ??= (value: unknown) => value == null;
  if (!Deno.env.has(threads)) {
    Deno.env.set(threads, `${Math.ceil(navigator.hardwareConcurrency / 2)}`);
  }
  await import("@tensorflow/tfjs-node-gpu");
  await activate("tensorflow");
  useNativeKernels(tf);
  const native = tf.backend() as unknown as {
    isUsingGpuDevice: boolean;
    binding: { TF_Version: string };
  };
  return {
    device: native.isUsingGpuDevice ? nvidiaName() : cpuName(),
    version: native.binding.TF_Version,
  };
}

async function loadWebGpu() {
  const forced = Boolean(Deno.env.get("KIT_BACKEND"));
  if (!forced) assertNotRefused();
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error("no adapter");
  const { description } = adapter.info;
  if (!forced && isSoftwareAdapter(adapter.info)) {
    Deno.env.set(refused, `${Deno.pid} ${description}`);
    assertNotRefused();
  }
  flattenRequiredFeatures();
  await import("@tensorflow/tfjs-backend-webgpu");
  await activate("webgpu");
  return { device: description, version: tf.version_core };
}

/**
 * A software adapter is asked for once a process: test files each load this module in
 * their own isolate, and where each of them loads Mesa's driver and leaves it again, the
 * heap is at times corrupt as the process ends, which then aborts.
 */
function assertNotRefused() {
  const [pid, ...description] = Deno.env.get(refused)?.split(" ") ?? [];
  if (pid === `${Deno.pid}`) {
    throw new Error(`only a software adapter, ${description.join(" ")}`);
  }
}

/** TensorFlow.js names a feature in a list of its own, which Deno 2.8 refuses. */
function flattenRequiredFeatures() {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function (asked = {}) {
    const requiredFeatures = asked.requiredFeatures?.flat();
    return requestDevice.call(this, { ...asked, requiredFeatures });
  };
}

async function loadWasm() {
  const { version_wasm } = await import("@tensorflow/tfjs-backend-wasm");
  await activate("wasm");
  return { device: cpuName(), version: version_wasm };
}

async function activate(name: Backend["name"]) {
  if (!await tf.setBackend(name)) throw new Error("backend does not start");
  await tf.ready();
}

function cpuName(): string {
  const cpus = os.cpus();
  return `${cpus[0]?.model.trim() ?? "CPU"}, ${cpus.length} cores`;
}

function nvidiaName(): string {
  const root = "/proc/driver/nvidia/gpus";
  try {
    const [gpu] = Deno.readDirSync(root);
    const information = Deno.readTextFileSync(
      `${root}/${gpu.name}/information`,
    );
    return /^Model:\s*(.+)$/m.exec(information)?.[1] ?? "NVIDIA GPU";
  } catch { // Containers often hide the driver's folder.
    return "NVIDIA GPU";
  }
}

function isNotebook(): boolean {
  try {
    return Deno.jupyter !== undefined;
  } catch { // Outside of a notebook's kernel, reading it throws.
    return false;
  }
}

/** Once a process: test files each load this module in their own isolate. */
function announce({ name, device, version, reason }: Backend) {
  if (Deno.env.get("KIT_ANNOUNCED_BY") === `${Deno.pid}`) return;
  Deno.env.set("KIT_ANNOUNCED_BY", `${Deno.pid}`);
  // A notebook shows stderr in red, as it does errors.
  const say = isNotebook() ? console.log : console.error;
  say(`backend: ${name} ${version} on ${device} (${reason})`);
}
