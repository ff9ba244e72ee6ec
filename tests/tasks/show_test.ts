import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { show } from "../../lib/tasks/show.ts";
import { figure } from "../../lib/results/figure.ts";

const module = new URL("../../lib/tasks/show.ts", import.meta.url).href;

async function folderOfOne(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const shown = figure([{ x: [0, 1], y: [0, 1] }], { title: "Line" });
  await Deno.writeTextFile(`${folder}/line.json`, JSON.stringify(shown));
  return folder;
}

Deno.test("show lists the kept figures when the name is missing or unknown", async () => {
  const folder = await folderOfOne();
  for (const args of [[], ["lime"], ["line", "line"], ["../line"]]) {
    const error = await assertRejects(() => show(args, folder), RangeError);
    assertMatch(error.message, /The kept figures are:\n {2}line$/);
  }
  await Deno.remove(folder, { recursive: true });
  await assertRejects(() => show(["line"], folder), RangeError, "--keep");
});

Deno.test("show says that a port is in use", async () => {
  const folder = await folderOfOne();
  const script = `
    import { show } from ${JSON.stringify(module)};
    const { port } = Deno.listen({ hostname: "127.0.0.1", port: 0 }).addr;
    Deno.env.set("NODEPLOTLIB_PORT", port);
    await show(["line"], ${JSON.stringify(folder)})
      .catch(({ message }) => console.log(message));
    Deno.exit();`;
  const { stdout } = await new Deno.Command("deno", {
    args: ["eval", "--no-lock", script],
    cwd: new URL("../../", import.meta.url),
  }).output();
  assertMatch(new TextDecoder().decode(stdout), /port \d+ is in use/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("show serves the figure's window", async () => {
  const folder = await folderOfOne();
  const script = `
    import { show } from ${JSON.stringify(module)};
    const { log } = console;
    console.log = (...words) => {
      const [url] = words.join(" ").match(/http:\\/\\/localhost:\\d+/) ?? [];
      if (url) {
        fetch(url).then((page) => page.text()).then((text) => {
          log("PAGE " + text);
          Deno.exit();
        });
      }
    };
    await show(["line"], ${JSON.stringify(folder)});`;
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: ["eval", "--no-lock", script],
    cwd: new URL("../../", import.meta.url),
    env: { NODEPLOTLIB_PORT: "0" },
  }).output();
  const said = new TextDecoder().decode(stdout);
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  assert(said.includes("<title>Nodeplotlib</title>"), said);
  await Deno.remove(folder, { recursive: true });
});
