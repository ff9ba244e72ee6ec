import { join } from "node:path";
import { heartbeat } from "./heartbeat.ts";
import { megabytes, pip } from "./pip.ts";
import { runCommand } from "./run_command.ts";

/** The version of TensorFlow, which the addon was found to work with. */
export const tensorflowVersion = "2.21.0";

/** A build of TensorFlow on PyPI. */
export interface Wheel {
  /** `"cpu"` or `"cuda"`. */
  readonly kind: "cpu" | "cuda";
  /** Its package. */
  readonly package: string;
  /** Its platform tag. */
  readonly platform: string;
  /** The size of its download, in MB. */
  readonly megabytes: number;
}

/**
 * Chooses the build of TensorFlow for a machine.
 *
 * @param machine Its system, its processor, and whether an NVIDIA GPU answers.
 * @returns The wheel.
 * @throws {Error} If there is none with a linkable library.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { chooseWheel } from "./tensorflow_wheel.ts";
 *
 * const laptop = { os: "linux", arch: "x86_64", gpu: false };
 * assertEquals(chooseWheel(laptop).package, "tensorflow-cpu");
 * ```
 */
export function chooseWheel(
  { os, arch, gpu }: { os: string; arch: string; gpu: boolean },
): Wheel {
  if (os !== "linux" || arch !== "x86_64") {
    throw new Error(`it is built on linux x86_64 only, not on ${os} ${arch}`);
  }
  const platform = "manylinux_2_27_x86_64";
  return gpu
    ? { kind: "cuda", package: "tensorflow", platform, megabytes: 572 }
    : { kind: "cpu", package: "tensorflow-cpu", platform, megabytes: 274 };
}

/**
 * Downloads a wheel and unpacks its libraries and the headers that the addon
 * needs into `lib/`, laid out as in `site-packages`.
 *
 * @param wheel The wheel.
 * @param folder The folder to make `lib/` in.
 * @param python The path of a Python with pip.
 */
export async function unpackWheel(
  wheel: Wheel,
  folder: string,
  python: string,
): Promise<void> {
  const download = join(folder, "download");
  await Deno.mkdir(download);
  await heartbeat(
    `native TensorFlow: downloading ${wheel.package} ${tensorflowVersion}, ${wheel.megabytes} MB`,
    pip(python, [
      ...["download", "--no-deps", "--no-cache-dir", "--dest", download],
      ...["--only-binary", ":all:", "--implementation", "cp"],
      ...["--python-version", "3.12", "--platform", wheel.platform],
      `${wheel.package}==${tensorflowVersion}`,
    ], download),
    { detail: async () => `${await megabytes(download)} MB` },
  );
  const [file] = await Array.fromAsync(Deno.readDir(download));
  await heartbeat(
    "native TensorFlow: unpacking",
    runCommand(python, [
      ...["-c", unzip, join(download, file.name), join(folder, "lib")],
      ...["tensorflow/libtensorflow_", "tensorflow/include/tensorflow/c/"],
      ...["tensorflow/include/tensorflow/core/platform/ctstring"],
      ...["tensorflow/include/tsl/platform/", "tensorflow/include/xla/tsl/c/"],
      ...[
        "tensorflow/include/absl/",
        `tensorflow-${tensorflowVersion}.dist-info/`,
      ],
    ]),
  );
  await Deno.remove(download, { recursive: true });
}

const unzip = `
import sys, zipfile
wheel, folder, *wanted = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    names = [n for n in archive.namelist() if n.startswith(tuple(wanted))]
    archive.extractall(folder, names)
`;

/**
 * Adds NVIDIA's libraries where libtensorflow looks for them, beside its own
 * folder.
 *
 * @param folder The folder that the CUDA wheel was unpacked in.
 * @param python The path of a Python with pip.
 */
export async function addCuda(folder: string, python: string): Promise<void> {
  const metadata = `tensorflow-${tensorflowVersion}.dist-info/METADATA`;
  const requirements = cudaRequirements(
    await Deno.readTextFile(join(folder, "lib", metadata)),
  );
  await heartbeat(
    "native TensorFlow: downloading and unpacking NVIDIA's libraries, 3 GB",
    pip(python, [
      ...["install", "--no-deps", "--no-cache-dir", "--only-binary", ":all:"],
      ...["--target", join(folder, "lib"), ...requirements],
    ], folder),
    { detail: async () => `${await megabytes(folder)} MB` },
  );
}

/**
 * Reads from a wheel's metadata what its `and-cuda` extra asks for.
 *
 * @param metadata The text of `METADATA`.
 * @returns Requirements that pip reads.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { cudaRequirements } from "./tensorflow_wheel.ts";
 *
 * const line = 'Requires-Dist: nvidia-nccl-cu12<3.0,>=2.27.7; extra == "and-cuda"';
 * assertEquals(cudaRequirements(line), ["nvidia-nccl-cu12<3.0,>=2.27.7"]);
 * ```
 */
export function cudaRequirements(metadata: string): string[] {
  return metadata.split("\n")
    .filter((line) => line.includes('extra == "and-cuda"'))
    .map((line) => line.replace("Requires-Dist:", "").split(";")[0].trim());
}
