/**
 * `deno task pack`: packs this checkout and all that it runs on for a Linux machine
 * without a network.
 *
 * @module
 */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { pack, type PackOptions } from "../pack/pack.ts";
import { root } from "../data/files.ts";
import { runTask } from "./run_task.ts";

const usage = `Usage: deno task pack --out FOLDER [OPTIONS]

Packs this checkout and all that it runs on for a Linux machine without a network. There,
sh FOLDER/unpack.sh checks and unpacks it and runs the tests.

  --device cpu|cuda   which TensorFlow; cpu, if not said
  --part-size 60MiB   the largest size of a part; 4GiB, if not said
  --model NAME        a model that deno task model has fetched, such as smollm2; may be
                      said several times`;

const units = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/**
 * Reads a command line.
 *
 * @throws {TypeError} If there is an unknown option, or no `--out`.
 * @throws {RangeError} If the device is no other than `cpu` or `cuda`, or the size none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePack } from "./pack.ts";
 *
 * const { partSize } = parsePack(["--out", "kit", "--part-size", "60MiB"]);
 * assertEquals(partSize, 62_914_560);
 * ```
 */
export function parsePack(args: readonly string[]): PackOptions {
  const { values: { out, device, "part-size": size, model } } = parseArgs({
    args: [...args],
    options: {
      out: { type: "string" },
      device: { type: "string", default: "cpu" },
      "part-size": { type: "string", default: "4GiB" },
      model: { type: "string", multiple: true, default: [] },
    },
  });
  if (!out) throw new TypeError("Expected --out FOLDER, got none");
  if (device !== "cpu" && device !== "cuda") {
    throw new RangeError(
      `Expected --device to be cpu or cuda, got "${device}"`,
    );
  }
  const [, count, unit] = /^([1-9]\d*)(B|KiB|MiB|GiB)$/.exec(size) ?? [];
  if (!count) {
    throw new RangeError(`Expected --part-size such as 60MiB, got "${size}"`);
  }
  const partSize = Number(count) * units[unit as keyof typeof units];
  return { out: resolve(out), device, partSize, models: model };
}

async function packCheckout(args: readonly string[]) {
  const { parts, bytes } = await pack(root, parsePack(args));
  console.log(`Packed ${(bytes / 1e6).toFixed(0)} MB in ${parts} parts`);
}

if (import.meta.main) await runTask(usage, packCheckout);
