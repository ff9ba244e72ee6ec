import { fileURLToPath } from "node:url";
import { Contender } from "./contender.ts";

/** What is said in place of a card's name. */
export const noCard = "no NVIDIA GPU";

/** The path of a file beside this one. */
export const pathOf = (file: string): string =>
  fileURLToPath(new URL(file, import.meta.url));

/** The kit in a process of its own, on a backend. */
export function ourContender(backend: string): Contender {
  const path = pathOf("./our_contender.ts");
  const args = ["run", "-A", "--no-check", "--quiet", path];
  return new Contender("deno", args, { KIT_BACKEND: backend });
}

/** A program of `peers/` in a process of its own, on the card if there is one. */
export function peerContender(
  program: string,
  { python, card }: { python: string; card: string },
): Contender {
  return new Contender(python, [pathOf(`./peers/${program}`)], {
    PEER_DEVICE: card === noCard ? "cpu" : "cuda",
    XLA_PYTHON_CLIENT_PREALLOCATE: "false",
    OMP_NUM_THREADS: "4",
    LD_LIBRARY_PATH: Deno.env.get("PEER_LD_LIBRARY_PATH") ?? "",
    XLA_FLAGS: "",
  });
}

/** Runs a program and returns the first line that it prints. */
export async function firstLine(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, code, stdout } = await new Deno.Command(program, {
    args: [...args],
    env,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`${program} ended with code ${code}`);
  return new TextDecoder().decode(stdout).trim().split("\n")[0];
}
