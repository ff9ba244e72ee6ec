/**
 * Runs a program to its end.
 *
 * @param program Its name on the PATH, or its path.
 * @param args Its arguments.
 * @param options The folder it runs in, variables added to its environment, and
 * the seconds after which it is killed.
 * @returns What it wrote to stdout.
 * @throws {Error} If it is not there, or exits with an error; the message ends
 * with what it wrote last.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { runCommand } from "./run_command.ts";
 *
 * assertEquals(await runCommand("deno", ["eval", "console.log(1 + 1)"]), "2\n");
 * ```
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  { cwd, env, seconds }: {
    cwd?: string;
    env?: Record<string, string>;
    seconds?: number;
  } = {},
): Promise<string> {
  const signal = seconds ? AbortSignal.timeout(1000 * seconds) : undefined;
  const options = { signal, args: [...args], cwd, env, stdin: "null" as const };
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, options).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`${program} is not there, or not on the PATH`);
  }
  const [stdout, stderr] = [output.stdout, output.stderr]
    .map((bytes) => new TextDecoder().decode(bytes));
  if (!output.success) {
    const last = (stderr.trim() || stdout.trim()).split("\n").slice(-40);
    const end = output.signal ?? `exit code ${output.code}`;
    throw new Error(
      `${program} ${args.slice(0, 3).join(" ")} failed (${end}):\n${
        last.join("\n")
      }`,
    );
  }
  return stdout;
}
