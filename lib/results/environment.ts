import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { backend, tf } from "../tf/backend.ts";

/** What a result was made on and with. */
export interface Environment {
  /** When, in ISO 8601. */
  readonly date: string;
  /** The commit of the kit's source, `-dirty` if changed since, if it is known. */
  readonly commit: string | null;
  /** The backend of TensorFlow.js. */
  readonly backend: string;
  /** The device that ran it. */
  readonly device: string;
  /** The version of the backend: for `tensorflow`, that of libtensorflow. */
  readonly backendVersion: string;
  /** The version of TensorFlow.js. */
  readonly tfjs: string;
  /** The version of Deno. */
  readonly deno: string;
  /** The operating system and architecture. */
  readonly os: string;
  /** The processor cores that are available. */
  readonly cores: number;
}

/**
 * Describes where the running process computes.
 *
 * @returns The record that is kept beside results.
 *
 * @example
 * ```ts
 * import { environment } from "kit";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals((await environment()).deno, Deno.version.deno);
 * ```
 */
export async function environment(): Promise<Environment> {
  return {
    date: new Date().toISOString(),
    commit: await commit(),
    backend: backend.name,
    device: backend.device,
    backendVersion: backend.version,
    tfjs: tf.version_core,
    deno: Deno.version.deno,
    os: `${Deno.build.os} ${Deno.build.arch}`,
    cores: availableParallelism(),
  };
}

/** Asks git, where it may be run and the source is a clone; a packed kit says it itself. */
async function commit(): Promise<string | null> {
  return Deno.env.get("KIT_COMMIT") ?? await commitOfClone();
}

async function commitOfClone(): Promise<string | null> {
  const run = { name: "run", command: "git" } as const;
  if ((await Deno.permissions.query(run)).state !== "granted") return null;
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["describe", "--always", "--dirty", "--abbrev=40"],
      cwd: fileURLToPath(new URL("../../", import.meta.url)),
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
