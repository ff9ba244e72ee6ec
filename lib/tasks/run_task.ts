/**
 * Runs a task with the arguments of the command line. `--help` prints its usage; an
 * error ends it with its message and exit code 1.
 *
 * @param usage How it is called and what it does.
 * @param task The task.
 */
export async function runTask(
  usage: string,
  task: (args: readonly string[]) => void | Promise<void>,
): Promise<void> {
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    return console.log(usage);
  }
  try {
    await task(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
