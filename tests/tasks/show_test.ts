import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { root } from "../../lib/data/files.ts";
import { figure } from "../../lib/results/figure.ts";
import { runCommand } from "../../lib/setup/run_command.ts";
import { show } from "../../lib/tasks/show.ts";

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
  const said = await runCommand("deno", ["eval", "--no-lock", script], {
    ...{ cwd: root, seconds: 120 },
  });
  assertMatch(said, /port \d+ is in use/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("show serves the figure's window to who has its token", async () => {
  const folder = await folderOfOne();
  const script = `
    import { show } from ${JSON.stringify(module)};
    const { log } = console;
    async function visit(address) {
      const { origin, pathname } = new URL(address);
      const ask = async (path, cookie) => {
        const options = { redirect: "manual", headers: { cookie } };
        const answer = await fetch(origin + path, options);
        return { answer, text: await answer.text() };
      };
      const wrong = pathname.slice(0, -1) + (pathname.endsWith("0") ? 1 : 0);
      const polling = "/socket.io/?EIO=4&transport=polling";
      for (const path of ["/", "/main.js", polling, wrong]) {
        log("WITHOUT", (await ask(path, "")).answer.status);
      }
      const { answer } = await ask(pathname, "");
      const set = answer.headers.get("set-cookie");
      log("FIRST", answer.status, answer.headers.get("location"), set);
      const [cookie] = set.split(";");
      log("OTHER", (await ask("/", cookie.slice(0, -1))).answer.status);
      log("PAGE", (await ask("/", "a=b; " + cookie)).text);
      log("POLLING", (await ask(polling, cookie)).answer.status);
    }
    console.log = (...words) => {
      const [url] = words.join(" ").match(/http:\\/\\/localhost:\\S+/) ?? [];
      if (url) visit(url).catch(log).then(() => Deno.exit());
    };
    await show(["line"], ${JSON.stringify(folder)});`;
  const said = await runCommand("deno", ["eval", "--no-lock", script], {
    ...{ cwd: root, env: { NODEPLOTLIB_PORT: "0" }, seconds: 120 },
  });
  assertEquals(said.match(/WITHOUT \d+/g), Array(4).fill("WITHOUT 403"), said);
  assertMatch(
    said,
    /FIRST 302 \/ show_\d+=[-\w]{36}; HttpOnly; SameSite=Strict/,
  );
  assertMatch(said, /OTHER 403/);
  assert(said.includes("<title>Nodeplotlib</title>"), said);
  assertMatch(said, /POLLING 200/);
  await Deno.remove(folder, { recursive: true });
});
