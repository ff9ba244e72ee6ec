import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { heartbeat } from "../../lib/setup/heartbeat.ts";
import { kernelSpec } from "../../lib/setup/python_env.ts";
import { runCommand } from "../../lib/setup/run_command.ts";
import {
  chooseWheel,
  cudaRequirements,
} from "../../lib/setup/tensorflow_wheel.ts";
import { withNpm } from "../../lib/setup/test_flags.ts";

Deno.test("an NVIDIA GPU gets the CUDA build, other machines the CPU build", () => {
  const linux = { os: "linux", arch: "x86_64" };
  assertEquals(chooseWheel({ ...linux, gpu: true }).package, "tensorflow");
  assertEquals(chooseWheel({ ...linux, gpu: false }).package, "tensorflow-cpu");
});

Deno.test("a platform without a build is refused by its name", () => {
  const mac = { os: "darwin", arch: "aarch64", gpu: false };
  assertThrows(() => chooseWheel(mac), Error, "darwin aarch64");
});

Deno.test("of a wheel's requirements only those of and-cuda are CUDA's", () => {
  const metadata = [
    "Name: tensorflow",
    "Requires-Dist: numpy>=1.26.0",
    'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
    'Requires-Dist: tensorflow-io>=0.23; extra == "gcs-filesystem"',
    'Requires-Dist: nvidia-nccl-cu12<3.0,>=2.27.7; extra == "and-cuda"',
  ].join("\n");
  assertEquals(cudaRequirements(metadata), [
    "nvidia-cublas-cu12<13.0,>=12.5.3.2",
    "nvidia-nccl-cu12<3.0,>=2.27.7",
  ]);
});

Deno.test("the kernel is the pinned Deno, and is interrupted by message", () => {
  const { argv, interrupt_mode } = kernelSpec("/home/me/kit/.venv");
  assertEquals(argv[0], "/home/me/kit/.venv/bin/python");
  assertEquals(argv[2], "/home/me/kit/.venv/bin/deno");
  assertEquals(argv.at(-1), "{connection_file}");
  assertEquals(interrupt_mode, "message");
});

Deno.test("a program that fails tells its exit code and its last words", async () => {
  const code = 'console.error("last words"); Deno.exit(3)';
  const error = await assertRejects(
    () => runCommand("deno", ["eval", "--no-lock", code]),
    Error,
  );
  assertEquals(/exit code 3.*last words/s.test(error.message), true);
});

Deno.test("a program that is not there is told by its name", async () => {
  await assertRejects(
    () => runCommand("no-such-compiler", []),
    Error,
    "no-such-compiler is not there",
  );
});

Deno.test("a program past its time is killed", async () => {
  const code = "await new Promise((resolve) => setTimeout(resolve, 60_000))";
  await assertRejects(
    () => runCommand("deno", ["eval", "--no-lock", code], { seconds: 0.5 }),
    Error,
    "SIGTERM",
  );
});

Deno.test("long work is said to go on, until it ends", async () => {
  const lines: string[] = [];
  const log = console.error;
  console.error = (line: string) => lines.push(line);
  try {
    const { promise: work, resolve } = Promise.withResolvers<string>();
    let beats = 0;
    const detail = () => {
      if (++beats === 2) resolve("done");
      return Promise.resolve(`${beats}/9`);
    };
    assertEquals(await heartbeat("work", work, { detail, seconds: 0 }), "done");
  } finally {
    console.error = log;
  }
  assertEquals(lines.slice(0, 2), ["work ...", "work ... 1/9, 0 s"]);
});

Deno.test("only the assertions are swapped where JSR is out of reach", () => {
  const imports = withNpm({
    "@std/assert": "jsr:@std/assert@1",
    "arquero": "npm:arquero@8.0.1",
    "kit": "./lib/mod.ts",
  }, "/home/me/C# and 100%?/kit");
  assertEquals(imports["@std/assert"], "npm:deno-std@1.4.0/assert/mod.js");
  assertEquals(imports["arquero"], "npm:arquero@8.0.1");
  assertEquals(
    imports["kit"],
    "file:///home/me/C%23%20and%20100%25%3F/kit/lib/mod.ts",
  );
});
