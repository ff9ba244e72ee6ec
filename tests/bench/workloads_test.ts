import { assertNotEquals } from "@std/assert";
import { canTrace } from "../../lib/compile/native_backend.ts";
import { smallWorks } from "../../lib/bench/small_works.ts";
import { workloadOf } from "../../lib/bench/work.ts";
import { start, type Way, type Workload } from "../../lib/bench/workload.ts";
import { tf } from "../../lib/tf/backend.ts";
import { assertSameTensors } from "../compile/assert_same.ts";

/** What calls one after the other compute. */
function values(workload: Workload, way: Way, iterations: number[]) {
  const running = start(workload, way);
  const values = iterations.map((iteration) =>
    tf.tidy(() => workload.values(running.call(iteration)))
  );
  running.dispose();
  return values;
}

/** Work that no contender does in a loop. */
const unlooped = /_sample$|^lm_grpo$/;

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

for (const work of smallWorks) {
  const name = Object.entries(work).filter(([key]) => key !== "path")
    .map((entry) => entry.join(" ")).join(", ");

  Deno.test({
    name: `the benchmark's graph computes what eager does: ${name}`,
    ignore: !canTrace,
    fn: async () => {
      const workload = await workloadOf(work);
      const eager = values(workload, "eager", [0, 1, 2]);
      const graph = values(workload, "graph", [0, 1, 2]);
      assertSameTensors(eager, graph, work.kind, 1e-4);
      // Iterations differ, so that to be equal is more than to be constant.
      assertNotEquals(await eager[1].array(), await eager[0].array());
      tf.dispose([eager, graph]);
    },
  });

  Deno.test({
    name: `the benchmark's loop computes what eager does: ${name}`,
    ignore: !canTrace || unlooped.test(work.kind),
    fn: async () => {
      const workload = await workloadOf(work);
      const eager = values(workload, "eager", upTo(workload.looped!.pieces));
      const loop = values(workload, "loop", [0]);
      assertSameTensors(eager.at(-1), loop[0], work.kind, 1e-3);
      tf.dispose([eager, loop]);
    },
  });
}
