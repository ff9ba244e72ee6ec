/**
 * One notebook in JupyterLab in a real browser: all cells run, a table and a live
 * plot are seen. The browser is Debian's Chromium.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { notebookNames } from "../../lib/notebooks/find.ts";
import { root, runsDir } from "../../lib/data/files.ts";
import { killIfThere } from "../kill_if_there.ts";
import { waitFor } from "../wait_for.ts";

const token = crypto.randomUUID();

function startLab(port: number): Deno.ChildProcess {
  return new Deno.Command("deno", {
    args: [
      ...["task", "lab", "--no-browser", "--ip=127.0.0.1", `--port=${port}`],
      ...["--ServerApp.port_retries=0", "--LabApp.expose_app_in_browser=True"],
      "--LabApp.news_url=None",
    ],
    cwd: root,
    env: { JUPYTER_TOKEN: token, KIT_SCALE: "smoke" },
    stdin: "null",
  }).spawn();
}

const answers = (port: number) =>
  fetch(`http://127.0.0.1:${port}/api?token=${token}`)
    .then((response) => response.text().then(() => response.ok), () => false);

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update"],
      ...["--disable-sync", "--disable-dev-shm-usage"],
    ],
  });
}

/** Runs all cells of the open notebook; returns the errors that it then holds. */
async function runAllCells(page: Page): Promise<unknown[]> {
  return await page.evaluate(async () => {
    // deno-lint-ignore no-explicit-any -- JupyterLab's own, in the page.
    const { jupyterapp: app } = globalThis as any;
    const { content, sessionContext } = app.shell.currentWidget;
    await sessionContext.ready;
    await sessionContext.session.kernel.info;
    const late = new Promise((_, reject) =>
      setTimeout(() => reject(new Error("cells ran for 3 minutes")), 180_000)
    );
    await Promise.race([app.commands.execute("notebook:run-all-cells"), late]);
    const { cells }: { cells: { outputs?: { output_type: string }[] }[] } =
      content.model.toJSON();
    return cells.flatMap(({ outputs }) => outputs ?? [])
      .filter(({ output_type }) => output_type === "error");
  });
}

Deno.test("a notebook runs in JupyterLab and shows its table and its plot", async () => {
  const [name] = await notebookNames();
  const notebook = join(root, "notebooks", `${name}.ipynb`);
  const committed = await Deno.readFile(notebook);
  const port = freePort();
  const lab = startLab(port);
  let browser: Browser | undefined;
  try {
    await waitFor("JupyterLab", 120, () => answers(port));
    browser = await openBrowser();
    const page = await browser.newPage({
      viewport: { width: 1400, height: 1000 },
    });
    page.setDefaultTimeout(120_000); // A busy machine takes more than half a minute.
    await page.goto(
      `http://127.0.0.1:${port}/lab/tree/notebooks/${name}.ipynb?token=${token}`,
    );
    await page.waitForFunction(() =>
      // deno-lint-ignore no-explicit-any -- JupyterLab's own, in the page.
      (globalThis as any).jupyterapp?.shell.currentWidget?.context?.isReady
    );
    assertEquals(await runAllCells(page), []);

    const plot = page.locator(".jp-OutputArea .main-svg").first();
    await plot.scrollIntoViewIfNeeded();
    await plot.waitFor({ state: "visible" });
    const box = await plot.boundingBox();
    assert(box && box.width > 200 && box.height > 100, "the plot is seen");
    const table = page.locator(".jp-OutputArea table").first();
    await table.scrollIntoViewIfNeeded();
    assert(await table.isVisible(), "the table is seen");
    await page.screenshot({ path: join(runsDir("browser"), "lab.png") });
  } finally {
    await browser?.close();
    killIfThere(lab, "SIGTERM");
    await lab.status;
    await Deno.writeFile(notebook, committed); // JupyterLab saves by itself.
  }
});
