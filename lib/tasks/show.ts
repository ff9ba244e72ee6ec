/**
 * `deno task show FIGURE`: opens a kept figure in a window, by nodeplotlib.
 *
 * The process serves the window, to this machine and to who has its token, until it
 * is closed. With `NODEPLOTLIB_PORT` set
 * it serves on that port (0: any free one) and opens no window.
 *
 * @module
 */

import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import { type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { dataDir } from "../data/files.ts";
import { entries } from "../results/folders.ts";
import { runTask } from "./run_task.ts";

const usage = `Usage: deno task show FIGURE

Opens a kept figure, one of data/figures, in a window; ends when that is closed. With
NODEPLOTLIB_PORT set it serves on that port, 0 for any, and opens no window.`;

/** Where the window is served: to this machine alone. */
const host = "127.0.0.1";

/**
 * Serves the figure that the arguments name.
 *
 * @param args The arguments of the command line: one name.
 * @param folder The folder of the kept figures.
 * @throws {RangeError} If the arguments do not name one kept figure; the message
 * lists those there are.
 * @throws {Error} If the port of `NODEPLOTLIB_PORT` is in use.
 */
export async function show(
  args: readonly string[],
  folder: string,
): Promise<void> {
  const names = (await entries(folder))
    .filter(({ name }) => name.endsWith(".json"))
    .map(({ name }) => name.slice(0, -".json".length));
  if (args.length !== 1 || !names.includes(args[0])) {
    const kept = names.length > 0
      ? `The kept figures are:\n${names.map((name) => `  ${name}`).join("\n")}`
      : "No figure is kept yet: run deno task reproduce --keep";
    throw new RangeError(
      `Cannot show: expected the name of one kept figure, got "${
        args.join(" ")
      }"\n${kept}`,
    );
  }
  // The file as it is: loadFigure() gives one that also renders, by a native addon.
  const file = await Deno.readTextFile(join(folder, `${args[0]}.json`));
  const { data, layout } = JSON.parse(file);
  assertFreePort(Number(Deno.env.get("NODEPLOTLIB_PORT") || 0));
  guardServers();
  const { plot } = await import("nodeplotlib");
  plot(data, layout);
}

/**
 * Has servers listen on this machine alone and ask for a token: nodeplotlib, which makes
 * its own, would serve all that reach this machine. Its address, as printed and opened,
 * ends in the token; who comes that way gets it as a cookie, which the page sends on.
 */
function guardServers(): void {
  const { listen, address, emit } = Server.prototype as unknown as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  const token = crypto.randomUUID();
  const portOf = (server: Server) => (address.call(server) as AddressInfo).port;
  Object.assign(Server.prototype, {
    listen(this: Server, port: unknown, ...rest: unknown[]) {
      return listen.call(this, port, host, ...rest);
    },
    address(this: Server) {
      // What nodeplotlib writes after "http://localhost:".
      return { port: `${portOf(this)}/${token}` };
    },
    emit(this: Server, event: string, ...args: unknown[]) {
      if (event !== "request" && event !== "upgrade") {
        return emit.call(this, event, ...args);
      }
      const [{ url, headers }, answer] = args as [
        IncomingMessage,
        ServerResponse | Socket,
      ];
      const cookie = `show_${portOf(this)}=${token}`; // Cookies know no port.
      if (headers.cookie?.split("; ").includes(cookie)) {
        return emit.call(this, event, ...args);
      }
      if (event === "upgrade") (answer as Socket).destroy();
      else if (url === `/${token}`) {
        const kept = `${cookie}; HttpOnly; SameSite=Strict; Path=/`;
        (answer as ServerResponse)
          .writeHead(302, { location: "/", "set-cookie": kept }).end();
      } else (answer as ServerResponse).writeHead(403).end();
      return true;
    },
  });
}

/** nodeplotlib itself would end with a stack trace. */
function assertFreePort(port: number): void {
  try {
    Deno.listen({ hostname: host, port }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(
      `Cannot show: port ${port} is in use; NODEPLOTLIB_PORT=0 takes a free one`,
    );
  }
}

if (import.meta.main) {
  await runTask(usage, (args) => show(args, join(dataDir, "figures")));
}
