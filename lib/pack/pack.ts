import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { writeText } from "../data/files.ts";
import { cacheDir, contentsFile } from "../setup/cache.ts";
import { heartbeat } from "../setup/heartbeat.ts";
import {
  addonPath,
  buildNativeTensorFlow,
} from "../setup/native_tensorflow.ts";
import { runCommand } from "../setup/run_command.ts";
import { chooseWheel, tensorflowVersion } from "../setup/tensorflow_wheel.ts";
import { copyPackages, copyTree } from "./packages.ts";
import { hashFiles, manifest, writeParts } from "./parts.ts";

/** What is packed, and how. */
export interface PackOptions {
  /** Which TensorFlow: for a processor, or for NVIDIA's GPUs too. */
  readonly device: "cpu" | "cuda";
  /** The largest size of a part, in bytes. */
  readonly partSize: number;
  /** The folder to make; it is not there yet. */
  readonly out: string;
  /** Pretrained models of the user's cache that come along, by their folders. */
  readonly models: readonly string[];
}

/** Tests that need what a bare machine lacks: git, a browser, set-up, a compiler. */
const atHome = /^tests\/(browser|installed|pack|tasks)\//;

/**
 * Packs a checkout and all that it runs on into parts, with `unpack.sh` and
 * `manifest.json`: Deno, the packages, native TensorFlow, models and data. They run
 * on a Linux x86-64 machine that has glibc 2.28 or newer, without a network.
 *
 * @param root The checkout, set up.
 * @param options What is packed, and how.
 * @returns How many parts there are, and their bytes in all.
 * @throws {RangeError} If the folder is there, or a model is not.
 * @throws {Error} If a tool is missing or a download fails; the folder is removed.
 */
export async function pack(
  root: string,
  options: PackOptions,
): Promise<{ parts: number; bytes: number }> {
  const { out } = options;
  await Deno.mkdir(dirname(out), { recursive: true });
  try {
    await Deno.mkdir(out);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new RangeError(`Expected out to be a new folder, got ${out}`);
  }
  try {
    return await fill(root, options);
  } catch (error) {
    await Deno.remove(out, { recursive: true });
    throw error;
  }
}

async function fill(
  root: string,
  { device, partSize, out, models }: PackOptions,
) {
  const kit = join(out, "kit.partial");
  const checkout = join(kit, "checkout");
  for (const name of models) await packModel(name, kit);
  const wheel = chooseWheel({ ...Deno.build, gpu: device === "cuda" });
  const python = Promise.resolve(join(root, ".venv/bin/python"));
  const { home: native } = await buildNativeTensorFlow(wheel, { root, python });

  const tracked = (await runCommand("git", ["ls-files", "-z"], { cwd: root }))
    .split("\0").filter(Boolean);
  for (const path of tracked) {
    await copyFile(join(root, path), join(checkout, path));
  }
  await heartbeat(
    "pack: packages",
    copyPackages({ root, into: checkout }, [
      "lib/mod.ts",
      ...tracked.filter((path) =>
        /_test\.ts$/.test(path) && !atHome.test(path)
      ),
      ...tracked.filter((path) => path.startsWith("lib/bench/")),
    ]),
  );

  const commit = (await runCommand("git", [
    ...["describe", "--always", "--dirty", "--abbrev=40"],
  ], { cwd: root })).trim();
  await copyFile(Deno.execPath(), join(kit, "bin/deno"));
  await copyFile(join(native, "tfjs_binding.node"), join(checkout, addonPath));
  await heartbeat(
    "pack: native TensorFlow",
    copyTree(join(native, "lib"), join(kit, "native"), [
      ".py",
      ".a",
      ".h",
      ".hpp",
    ]),
  );
  for (const name of ["libstdc++.so.6", "libgcc_s.so.1"]) {
    const path = await runCommand("g++", [`-print-file-name=${name}`]);
    await copyFile(
      await Deno.realPath(path.trim()),
      join(kit, "native/gcc", name),
    );
  }
  const launcher = await Deno.readTextFile(pathOf("kit.sh"));
  await writeText(join(kit, "kit"), launcher.replace("@COMMIT@", commit));
  await Deno.chmod(join(kit, "kit"), 0o755);

  const files = await heartbeat("pack: hashing", hashFiles(kit));
  const parts = await heartbeat(
    "pack: compressing",
    compress(kit, { out, partSize }),
  );
  await Deno.copyFile(pathOf("unpack.sh"), join(out, "unpack.sh"));
  const about = {
    device,
    commit,
    deno: Deno.version.deno,
    tensorflow: tensorflowVersion,
    date: new Date().toISOString(),
  };
  await writeText(
    join(out, "manifest.json"),
    manifest(about, { parts, files }),
  );
  await Deno.remove(kit, { recursive: true });
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return { parts: parts.length, bytes };
}

/**
 * Copies a pretrained model of the user's cache to where the kit looks for it.
 *
 * @param name The folder of it there.
 * @param kit The folder that is packed.
 * @throws {RangeError} If it is not there.
 */
export async function packModel(name: string, kit: string): Promise<void> {
  const from = join(cacheDir(), "models", name);
  const to = join(kit, "cache", relative(dirname(cacheDir()), from));
  const whole = await Deno.stat(join(from, contentsFile)).catch(() =>
    undefined
  );
  if (!whole) {
    throw new RangeError(
      `Expected a model in the cache, got ${name}, which is not at ${from}: deno task model fetches it`,
    );
  }
  await copyTree(from, to);
}

async function compress(
  folder: string,
  { out, partSize }: { out: string; partSize: number },
) {
  const tar = new Deno.Command("tar", {
    args: ["-c", "--sort=name", "--owner=0", "--group=0", "-C", folder, "."],
    stdout: "piped",
  }).spawn();
  const stream = tar.stdout.pipeThrough(new CompressionStream("gzip"));
  const parts = await writeParts(stream, { folder: out, size: partSize });
  const { success } = await tar.status;
  if (!success) throw new Error(`tar could not read ${folder}`);
  return parts;
}

async function copyFile(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
