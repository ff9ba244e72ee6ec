import { assertEquals, assertThrows } from "@std/assert";
import { parseSweep } from "../../lib/tasks/sweep.ts";

const parse = (line: string) => parseSweep(line.split(" "));

Deno.test("sweep reads a command, its file or folder, and what sbatch is given", () => {
  const { command, target, scale, options } = parse(
    "submit /kit/mine.ts --engine slurm --scale full -- --time=60 --scale=x",
  );
  assertEquals([command, target, scale], ["submit", "/kit/mine.ts", "full"]);
  assertEquals(options, ["--time=60", "--scale=x"]);
  assertEquals(parse("status /shared/a").options, undefined);
});

Deno.test("sweep says what is wrong with a command line", () => {
  const wrong: Record<string, string> = {
    "sumbit mine.ts":
      'Expected a command, one of run, submit, status, resubmit, collect, render, got "sumbit"',
    "run": "Expected run to be given one file, got none",
    "status a b": "Expected status to be given one folder, got a b",
    "submit mine.ts": 'Expected submit with --engine slurm, got ""',
    "render mine.ts --engine slurm": "Expected render with --engine kubernetes",
    "render mine.ts --engine kubernetes": "Expected render with --image",
    "run mine.ts --engine slurm": "Expected run with no --engine",
    "run mine.ts --scale huge": "Expected scale to be one of",
    "run mine.ts --node 3": "Unknown option '--node'",
  };
  for (const [line, message] of Object.entries(wrong)) {
    assertThrows(() => parse(line), Error, message);
  }
});
