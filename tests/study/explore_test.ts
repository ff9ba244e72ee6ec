import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { dataDir } from "../../lib/data/files.ts";
import { adrpo, flow } from "../../lib/methods/mod.ts";
import { loadPretrained } from "../../lib/models/mod.ts";
import {
  explore,
  flowMethods,
  readProtocol,
  readProtocols,
  readTrials,
} from "../../lib/study/mod.ts";
import { tf } from "../../lib/tf/backend.ts";
import { mixtureTasks } from "../../lib/tracks/mod.ts";

const protocol = await readProtocol();
const kept = join(dataDir, "exploration/flow.csv");

Deno.test("what is kept of the exploration is the protocol's: nothing of it is tried again", async () => {
  const reference = await loadPretrained("mixture_flow");
  const trials = await readTrials(kept);
  const tried = new Set(trials.map(({ method }) => method));
  const explored = await explore(protocol, "flow", {
    task: mixtureTasks(reference).graded,
    methods: flowMethods.filter(({ name }) => tried.has(name)),
    kept,
    onProgress: (_, running) => {
      throw new Error(`${running} is tried again`);
    },
  });
  assertEquals(explored, trials);
  tf.dispose(reference);
});

Deno.test("each method has the learning rate and the updates that exploration chose", async () => {
  for (const { version, tracks } of await readProtocols()) {
    for (const [track, { methods }] of Object.entries(tracks)) {
      const trials = await readTrials(
        join(dataDir, "exploration", `${track}.csv`),
      );
      const found = Object.entries(methods).filter(([, { stops }]) => !stops)
        .map(([name]) => {
          const best = trials.find(({ method, chosen }) =>
            chosen && method === name
          );
          return [name, best?.learningRate, best?.updates];
        });
      const fixed = found.map(([name]) => {
        const { learningRate, updates } = methods[`${name}`];
        return [name, learningRate, updates];
      });
      assertEquals(found, fixed, `${track}, protocol ${version}`);
    }
  }
});

Deno.test("a track, a task or a method that the protocol does not have is refused", async () => {
  const reference = await loadPretrained("mixture_flow");
  const task = mixtureTasks(reference).graded;
  const given = { task, methods: [adrpo(flow)], kept };
  await assertRejects(
    () => explore(protocol, "flows", given),
    RangeError,
    'a track of the protocol, one of flow; language, got "flows"',
  );
  await assertRejects(
    () =>
      explore(protocol, "flow", {
        ...given,
        task: { ...task, name: "grade" },
      }),
    RangeError,
    'a task of the protocol, one of graded; hack; width 16; width 128; angles, got "grade"',
  );
  await assertRejects(
    () =>
      explore(protocol, "flow", {
        ...given,
        methods: [{ ...adrpo(flow), name: "ADRPO-MF" }],
      }),
    RangeError,
    "a method of the protocol",
  );
  tf.dispose(reference);
});
