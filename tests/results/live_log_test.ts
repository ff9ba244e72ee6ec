import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { runsDir, writeText } from "../../lib/data/files.ts";
import { type RunProgress } from "../../lib/experiments/mod.ts";
import { executeNotebook } from "../../lib/notebooks/execute.ts";
import { liveLog, type LiveLogOptions } from "../../lib/results/mod.ts";
import { told } from "./live_run.ts";

/** What a live log writes to stderr of calls. */
async function linesOf(calls: RunProgress[], options?: LiveLogOptions) {
  const { error } = console;
  const lines: string[] = [];
  console.error = (line: string) => lines.push(line);
  try {
    const log = liveLog("pets", options);
    for (const call of calls) await log(call);
  } finally {
    console.error = error;
  }
  return lines;
}

Deno.test("the line of a live log has the pace after the first iteration of a population", async () => {
  const lines = await linesOf([
    told({ iterations: 0, seconds: 1 }),
    told({ iterations: 1, tokens: 30, seconds: 30 }), // compiled
    told({ iterations: 5, tokens: 150, seconds: 38 }),
    told({ iterations: 10, tokens: 300, seconds: 48 }),
    // The next one compiles anew.
    told({ iterations: 10, tokens: 300, seconds: 60 }, { method: "RAFT" }),
    told({ iterations: 11, tokens: 330, seconds: 90 }, { method: "RAFT" }),
    told({ iterations: 12, tokens: 350, seconds: 94 }, { method: "RAFT" }),
  ]);
  assertEquals(lines, [
    "pets: 0/20, started, pets GRPO",
    "pets: 1/20, started, pets GRPO",
    // 4 iterations, 32 answers and 120 tokens in 8 seconds; 15 to go.
    "pets: 5/20, 30 s left, pets GRPO, 4 answers/s, 15 tokens/s",
    "pets: 10/20, 20 s left, pets GRPO, 4 answers/s, 15 tokens/s",
    "pets: 10/20, started, pets RAFT",
    "pets: 11/20, started, pets RAFT",
    "pets: 12/20, 32 s left, pets RAFT, 2 answers/s, 5 tokens/s",
  ]);
});

Deno.test("a forecast stands in the line until the first step is done", async () => {
  const forecast = { bytes: 3.14e9, seconds: 599.2 };
  const lines = await linesOf([
    { ...told({ iterations: 0, seconds: 1 }), forecast },
    { ...told({ iterations: 5, seconds: 60 }), forecast },
  ]);
  assertEquals(lines, [
    "pets: 0/20, started, pets GRPO, forecast 600 s, at most 3.1 GB of tensors",
    "pets: 5/20, started, pets GRPO",
  ]);
});

Deno.test("the time left does not count what was read back", async () => {
  const lines = await linesOf([
    told({ iterations: 0, seconds: 1 }, { done: 15 }),
    told({ iterations: 1, seconds: 3 }, { done: 16 }),
    told({ iterations: 2, seconds: 13 }, { done: 17 }),
  ]);
  assertEquals(
    lines.map((line) => line.split(", ")[1]),
    ["started", "started", "30 s left"],
  );
});

Deno.test("a live log shows the answers of each evaluation once, and the reward of the population that trains", async () => {
  const answers = (iteration: number, method = "GRPO") =>
    [
      `Answers at iteration ${iteration} of pets ${method}`,
      "|coefficient|seed|answer|reward|",
      "|:-|:-|:-|:-|",
      `|0.1|0|<b>${method} ${iteration}\\n|1|`,
    ].join("\n");
  const lines = await linesOf([
    told({ iterations: 0, seconds: 1 }, { rows: [0] }),
    told({ iterations: 2, seconds: 4 }, { rows: [0] }),
    told({ iterations: 4, seconds: 7 }, { rows: [0, 4] }),
    told({ iterations: 5, seconds: 10 }, { rows: [0, 4] }),
  ]);
  assertEquals(lines.map((line) => line.trimEnd()), [
    "pets: 0/20, started, pets GRPO, reward 0",
    answers(0),
    "pets: 2/20, started, pets GRPO, reward 0",
    "pets: 4/20, 24 s left, pets GRPO, 5.33 answers/s, reward 0.4",
    answers(4),
    "pets: 5/20, 30 s left, pets GRPO, 4 answers/s, reward 0.4",
  ]);
  // The rows of another population are not of the one that starts.
  const other = { ...told({ iterations: 5, seconds: 20 }, { rows: [4] }) };
  const [line, ...rest] = await linesOf([{ ...other, running: "pets RAFT" }]);
  assertEquals([line, rest], ["pets: 5/20, started, pets RAFT", []]);
});

const cell = `
import { liveLog } from "../../../lib/results/mod.ts";
import { told } from "../../../tests/results/live_run.ts";
const log = liveLog("pets");
for (const rows of [[0], [0, 4], [0, 4, 8], [0, 4, 8, 20]]) {
  const iterations = rows.at(-1)!;
  await log(told({ iterations, seconds: 1 + iterations }, { rows }));
}
`;

Deno.test("in a notebook the bar, the answers and the curves each redraw in their place", async () => {
  const folder = runsDir("livelog");
  const [path, executed] = [
    join(folder, "in.ipynb"),
    join(folder, "out.ipynb"),
  ];
  const code = { cell_type: "code", execution_count: null, outputs: [] };
  await writeText(
    path,
    JSON.stringify({
      cells: [{ ...code, metadata: {}, source: cell }],
      metadata: {
        kernelspec: { name: "deno", display_name: "Deno" },
        language_info: { name: "typescript", file_extension: ".ts" },
      },
      ...{ nbformat: 4, nbformat_minor: 4 },
    }),
  );
  try {
    await executeNotebook(path, executed, { scale: "smoke", threads: 1 });
    const [{ outputs }] = JSON.parse(await Deno.readTextFile(executed)).cells;
    // The first output says which backend there is.
    const shown = (outputs as { data?: Record<string, string[]> }[])
      .flatMap(({ data }) => data ? [data] : []);
    assertEquals(shown.length, 3);
    const [bar, answers, curves] = shown;
    const textOf = (data: typeof bar, type: string) =>
      [data[type]].flat().join("");
    assert(textOf(bar, "text/plain").startsWith("pets: 20/20, 21.0 s"));
    assert(textOf(bar, "text/html").includes('<progress value="20"'));
    const html = textOf(answers, "text/html");
    assert(html.includes("iteration 20 of pets GRPO"), html);
    assert(html.includes("&lt;b&gt;GRPO 20\\n") && !html.includes("<b>"), html);
    assert(textOf(curves, "image/svg+xml").includes("<svg"));
    const live = curves["application/vnd.plotly.v1+json"] as unknown as {
      data: { x: number[]; y: number[] }[];
    };
    assertEquals(live.data.at(-1)!.x, [0, 4, 8, 20]);
    assertEquals(live.data.at(-1)!.y, [0, 0.4, 0.8, 2]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a live log refuses options that it does not know", () => {
  assertThrows(
    () => liveLog("pets", { columns: "reward" } as LiveLogOptions),
    TypeError,
    'the options of liveLog to have only y, got "columns"',
  );
});
