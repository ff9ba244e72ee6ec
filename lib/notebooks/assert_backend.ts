import { join } from "node:path";
import { root } from "../data/files.ts";
import { runCommand } from "../setup/run_command.ts";

/**
 * Checks that the backend that `KIT_BACKEND` forces loads, before a kernel is started
 * with it: a kernel only dies, without a word of why.
 *
 * @throws {Error} If it does not; the message says why.
 */
export async function assertBackend(): Promise<void> {
  const forced = Deno.env.get("KIT_BACKEND");
  if (!forced) return;
  const permissions = ["read", "env", "sys", "ffi", "write"]
    .map((name) => `--allow-${name}`);
  try {
    await runCommand(join(root, ".venv/bin/deno"), [
      ...["run", "--quiet", "--no-lock", ...permissions, "lib/tf/backend.ts"],
    ], { cwd: root, env: { NO_COLOR: "1" } });
  } catch (error) {
    const { message } = error as Error;
    const why = /^error: Uncaught (?:\(in promise\) )?(.*)$/m.exec(
      message,
    );
    throw new Error(
      `KIT_BACKEND=${forced} does not load: ${why?.[1] ?? message}`,
    );
  }
}
