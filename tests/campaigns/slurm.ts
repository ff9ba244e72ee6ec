/**
 * Sweeps on a real Slurm of two nodes, with all that goes wrong on one: nodes, tasks,
 * submitters and the controller killed, another code on a node, a late result. Whatever
 * happens, the run has the bytes of the embedded one. Run by the continuous integration,
 * as root, with Debian's slurmctld, slurmd, slurm-client and munge:
 *
 *     deno task test -A tests/campaigns/slurm.ts
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import { waitFor } from "../wait_for.ts";
import { kill } from "./slurm_cluster.ts";
import {
  assertSameBytes,
  checkout,
  cluster,
  embedded,
  folder,
  forget,
  killWhileItWrites,
  logOf,
  logs,
  published,
  rowsIn,
  sbatchThat,
  settled,
  start,
  stop,
  submit,
  sweep,
  tasksInQueue,
} from "./slurm_sweeps.ts";

Deno.test.beforeAll(start);

Deno.test.beforeEach(() => cluster.clear());

Deno.test.afterAll(stop);

Deno.test("twenty pieces, with a task killed while it writes, the controller restarted and a node lost, have the bytes of the embedded run", async () => {
  const expected = await embedded("small_sweep");
  const began = performance.now();
  const place = await submit("small_sweep");
  assertMatch(
    await sweep(["status", place]),
    /of 20 pieces .*(waiting|running)/,
  );

  await cluster.end("slurmctld", "SIGTERM");
  cluster.begin("slurmctld");

  const { half, killed } = await killWhileItWrites(place);
  // Its part, under a name of its own, counts for nothing.
  assert(!(await rowsIn(place)).includes(half.replace(/\.json\..*/, ".json")));

  await waitFor("a task on n2", 300, async () => {
    await cluster.hurry();
    return (await cluster.tasks("n2")).length > 0;
  });
  const before = await published(place);
  await cluster.cutPower("n2");
  await waitFor(
    "n2 is down",
    120,
    async () =>
      /down/.test(await cluster.ask("sinfo", "-hNn", "n2", "-o", "%t")),
  );
  cluster.begin("n2");

  const state = await settled(place);
  console.log(state);
  assert(before < 20, "the node was lost too late");
  // What the lost node was at came back by itself.
  assertStringIncludes(state, `${20 - killed} done, ${killed} failed`);
  await assertRejects(() => sweep(["collect", place]), Error, "are missing");
  const answer = await sweep(["resubmit", place]);
  assertStringIncludes(answer, `Submitted ${killed} of 20 pieces`);
  assertMatch(await settled(place), /of 20 pieces 20 done/);
  assertStringIncludes(await sweep(["resubmit", place]), "Nothing to submit");
  await assertSameBytes(place, expected);

  const seconds = (performance.now() - began) / 1000;
  const found = [...(await logs(place)).matchAll(
    /([\d.]+) s to start, ([\d.]+) s to check, ([\d.]+) s to run, ([\d.]+) s to publish/g,
  )].map((match) => match.slice(1).map(Number));
  const mean = (i: number) =>
    (found.reduce((sum, row) => sum + row[i], 0) / found.length).toFixed(2);
  console.log(
    `20 pieces over two nodes, losses and waits for them included: ${
      seconds.toFixed(0)
    } s. A piece: ${mean(0)} s to start Deno and TensorFlow, ${
      mean(1)
    } s to check its key, ${mean(2)} s to run, ${mean(3)} s to publish`,
  );
});

Deno.test("a controller that is killed forgets what it did last, and nothing is lost", async () => {
  const expected = await embedded("two_pieces");
  const place = await submit("two_pieces");
  await waitFor("a task", 120, async () => (await cluster.tasks()).length > 0);
  await cluster.end("slurmctld");
  cluster.begin("slurmctld");
  console.log(await settled(place));
  await sweep(["resubmit", place]);
  assertMatch(await settled(place), /2 done/);
  await assertSameBytes(place, expected);
});

Deno.test("a submitter killed before Slurm accepted: withdrawn, and submitted once", async () => {
  const place = await submit("two_pieces", {
    options: ["--hold"],
    env: await sbatchThat("kill -9 $PPID"),
  });
  assertStringIncludes(
    await sweep(["status", place]),
    "submission 1 is unclear",
  );
  const answer = await sweep(["resubmit", place]);
  assertStringIncludes(answer, "Submission 1 was unclear: withdrawn");
  assertStringIncludes(answer, "Submitted 2 of 2 pieces");
  assertEquals(await tasksInQueue(), 2);
});

Deno.test("a submitter killed after Slurm accepted: its job is found, and nothing doubled", async () => {
  const place = await submit("two_pieces", {
    options: ["--hold"],
    env: await sbatchThat('/usr/bin/sbatch "$@"; kill -9 $PPID'),
  });
  const answer = await sweep(["resubmit", place]);
  assertMatch(answer, /Submission 1 was unclear: accepted, job \d+/);
  assertStringIncludes(answer, "Nothing to submit: 0 of 2 done");
  assertEquals(await tasksInQueue(), 2);
});

Deno.test("what Slurm accepts after it was withdrawn does nothing; without an answer nothing is submitted", async () => {
  const go = join(folder, "go");
  const place = await submit("two_pieces", {
    options: ["--hold"],
    env: await sbatchThat(
      `kill -9 $PPID; for i in $(seq 1200); do [ -e ${go} ] || sleep 0.1; done; exec /usr/bin/sbatch "$@"`,
    ),
  });
  await cluster.end("slurmctld", "SIGTERM");
  const silent = await assertRejects(() => sweep(["resubmit", place]), Error);
  assertStringIncludes(
    silent.message,
    "It is unclear whether Slurm accepted submission 1",
  );
  cluster.begin("slurmctld");
  await cluster.ready();
  assertStringIncludes(await sweep(["resubmit", place]), "Submitted 2 of 2");
  await Deno.writeTextFile(go, "");
  await waitFor(
    "the late submission",
    20,
    async () => await tasksInQueue() === 4,
  );
  const [late] = (await cluster.ask("squeue", "-h", "-o", "%F")).trim().split(
    "\n",
  )
    .map(Number).sort((a, b) => b - a);
  await cluster.ask("scontrol", "release", `${late}`);
  await waitFor(
    "the end of the late submission",
    120,
    async () => await tasksInQueue() === 2,
  );
  assertMatch(await logs(place), /^(Nothing to do: withdrawn.*\n){2}$/);
  assertEquals(await published(place), 0);
});

Deno.test("a node with other code or packages is refused, and its piece submitted again", async () => {
  const expected = await embedded("two_pieces");
  const place = await submit("two_pieces", { options: ["--hold"] });
  const [job] = (await cluster.ask("squeue", "-h", "-o", "%F")).trim().split(
    "\n",
  );
  await cluster.ask("scontrol", "release", `${job}_0`);
  await waitFor(
    "the first piece",
    120,
    async () => await published(place) === 1,
  );

  const changed = async (file: string, what: string, text: string) => {
    const path = join(checkout, file);
    const before = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, before.replace(/\n$/, text));
    if (what === "code") await cluster.ask("scontrol", "release", `${job}_1`);
    else await sweep(["resubmit", place, "--", "--nodelist=n2"]);
    const state = await settled(place);
    assertMatch(state, /1 done, 1 failed/);
    assertMatch(
      state,
      new RegExp(`refused, as this machine has another ${what}`),
    );
    await Deno.writeTextFile(path, before);
  };
  await changed("lib/losses/objectives.ts", "code", "\n// Another.\n");
  await changed("deno.lock", "packages", "\n\n");

  await sweep(["resubmit", place]);
  assertMatch(await settled(place), /2 done/);
  await assertSameBytes(place, expected);
});

Deno.test("a node that was cut off and done without publishes the same, late", async () => {
  const expected = await embedded("two_pieces");
  const place = await submit("two_pieces");
  const [task] = await waitFor("a task on n2", 120, async () => {
    const tasks = await cluster.tasks("n2");
    return tasks.length > 0 && tasks;
  });
  // TensorFlow is loaded: it has seen that no rows are there, and runs.
  const log = logOf(place, task.env);
  await waitFor(
    "its start",
    120,
    async () =>
      (await Deno.readTextFile(log).catch(() => "")).includes("backend: "),
  );
  const n2 = await cluster.pid("n2");
  for (const pid of [task.pid, task.parent, n2]) kill(pid, "SIGSTOP");
  try {
    await waitFor("the pieces without n2", 300, async () => {
      await cluster.hurry();
      return await published(place) === 2;
    });
    await forget();
    kill(task.pid, "SIGCONT");
    await waitFor(
      "the late result",
      120,
      async () => (await logs(place)).includes("the same was published"),
    );
  } finally {
    for (const pid of [task.parent, n2]) kill(pid, "SIGCONT");
  }
  await settled(place);
  await assertSameBytes(place, expected);
});
