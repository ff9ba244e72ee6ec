/**
 * What `deno task lab` and `deno task show` serve is for this machine alone, and for
 * who has the token. Run by the continuous integration, with -A, as
 * every address of the machine is tried.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { root } from "../../lib/data/files.ts";
import { killIfThere } from "../kill_if_there.ts";
import { waitFor } from "../wait_for.ts";

/** Starts a task; gives the address that it prints, and ends it after the action. */
async function whileServed(
  [task, ...args]: string[],
  address: RegExp,
  action: (url: URL) => Promise<void>,
) {
  const child = new Deno.Command("deno", {
    args: ["task", task, ...args],
    cwd: root,
    env: { NODEPLOTLIB_PORT: "0", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => killIfThere(child, "SIGTERM"), 120_000);
  let output = "";
  let tell: (url: URL) => void;
  const printed = new Promise<URL>((resolve) => tell = resolve);
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      const [url] = address.exec(output) ?? [];
      if (url) tell(new URL(url));
    }
  };
  const ended = Promise.all([read(child.stdout), read(child.stderr)]);
  try {
    const url = await Promise.race([printed, ended.then(() => undefined)]);
    if (!url) throw new Error(`No address printed:\n${output}`);
    await action(url);
  } finally {
    clearTimeout(timer);
    killIfThere(child, "SIGTERM");
    await child.status;
    await ended;
  }
}

/** The addresses at which others find this machine. */
const others = Deno.networkInterfaces()
  .filter(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  ).map(({ address }) => address);

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function assertHereOnly(port: string) {
  await waitFor(
    "a server",
    20,
    () =>
      Deno.connect({ hostname: "127.0.0.1", port: Number(port) })
        .then((connection) => (connection.close(), true), () => false),
  );
  for (const hostname of others) {
    await assertRejects(
      () => Deno.connect({ hostname, port: Number(port) }),
      Deno.errors.ConnectionRefused,
    );
  }
}

Deno.test("there is an address to find this machine at", () =>
  assert(others.length > 0));

Deno.test("deno task lab serves this machine alone, and who has the token", () =>
  whileServed(
    ["lab", "--no-browser", `--port=${freePort()}`],
    /http:\/\/127\.0\.0\.1:\d+\S*token=\w+(?=\s)/,
    async (url) => {
      await assertHereOnly(url.port);
      const contents = new URL("/api/contents", url);
      const without = await fetch(contents);
      assertEquals(without.status, 403);
      await without.body?.cancel();
      contents.search = url.search;
      const withToken = await fetch(contents);
      assertEquals(withToken.status, 200);
      await withToken.body?.cancel();
    },
  ));

Deno.test("deno task show serves this machine alone, and who has the token", () =>
  whileServed(
    ["show", "fixed_beta_fronts"],
    /http:\/\/localhost:\d+\/[-\w]+(?=\s)/,
    async (url) => {
      await assertHereOnly(url.port);
      const without = await fetch(new URL("/", url));
      assertEquals(without.status, 403);
      await without.body?.cancel();
      const withToken = await fetch(url, { redirect: "manual" });
      assertEquals(withToken.status, 302);
      await withToken.body?.cancel();
      const [cookie] = withToken.headers.get("set-cookie")!.split(";");
      const page = await fetch(new URL("/", url), { headers: { cookie } });
      assertEquals(page.status, 200);
      await page.body?.cancel();
    },
  ));
