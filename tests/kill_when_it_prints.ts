/**
 * Runs a program of Deno and kills it once it has printed a text, after which it waits
 * for that: no clock says where it is then.
 *
 * @param text What it prints before it waits.
 * @param args The arguments of `deno`.
 * @throws {Error} If it ends by itself, or has not printed it within two minutes.
 */
export async function killWhenItPrints(
  text: string,
  args: readonly string[],
): Promise<void> {
  const child = new Deno.Command("deno", {
    args: [...args],
    signal: AbortSignal.timeout(120_000),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  let printed = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed += part;
    if (!printed.includes(text)) continue;
    child.kill("SIGKILL");
    break;
  }
  const { code, signal } = await child.status;
  if (signal === "SIGKILL") return void await errors;
  throw new Error(
    `Expected to kill deno ${
      args[0]
    } once it prints "${text}", but it ended by ${
      signal ?? `exit code ${code}`
    }:\n${printed}${await errors}`,
  );
}
