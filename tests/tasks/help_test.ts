import { assertEquals, assertMatch } from "@std/assert";
import { root } from "../../lib/data/files.ts";

const config = JSON.parse(await Deno.readTextFile(`${root}deno.json`));

for (
  const [task, { command }] of Object.entries<{ command: string }>(config.tasks)
) {
  Deno.test(`deno task ${task} --help tells how it is called`, async () => {
    const program = command.split(" ").findLast((word) =>
      word.startsWith("lib/tasks/")
    );
    const { code, stdout } = await new Deno.Command("deno", {
      args: ["run", "--quiet", "-A", program!, "--help"],
      cwd: root,
    }).output();
    assertEquals(code, 0);
    assertMatch(new TextDecoder().decode(stdout), /^Usage: deno task /);
  });
}
