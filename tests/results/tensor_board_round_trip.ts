/**
 * Writes files of TensorBoard of a run that stops on the way and goes on, and the rows
 * of that run. `tensor_board_round_trip.py` reads them with TensorBoard's own code, and
 * compares:
 *
 *     deno task test tests/results/tensor_board_round_trip.ts
 *     python tests/results/tensor_board_round_trip.py data/runs/board
 *
 * @module
 */

import { assertRejects } from "@std/assert";
import { join } from "node:path";
import { runsDir, writeText } from "../../lib/data/files.ts";
import { toJson } from "../../lib/data/json.ts";
import { run } from "../../lib/experiments/mod.ts";
import { adrpo, arm, flow } from "../../lib/methods/mod.ts";
import { tensorBoard } from "../../lib/results/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import {
  budget,
  near,
  smallTask,
  withoutKept,
} from "../experiments/small_task.ts";

Deno.test("files of a run that goes on are written", () =>
  withoutKept("roundtrip", async () => {
    const folder = runsDir("board");
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    const watched = (failing: number) => {
      let calls = 0;
      const score = (x1: Tensor) => {
        if (calls++ === failing) throw new Error("the judge sleeps");
        return Promise.resolve(tf.tidy(() => near(1)(x1)));
      };
      const task = smallTask({
        name: "roundtrip",
        reward: { name: "near 1", score },
        show: (_, members, { done }) =>
          Promise.resolve(
            members.map((member) => ({ member, answer: `<b>|${done}\n` })),
          ),
      });
      return run({
        ...{ name: "board", scale: "smoke", tasks: [task], budget },
        ...{ arms: [arm(adrpo(flow), [0.2, 0.5])], seeds: [3, 4] },
      }, { observers: [tensorBoard(folder)] });
    };
    await assertRejects(() => watched(4), Error, "sleeps");
    const { rows } = await watched(-1);
    await writeText(join(folder, "rows.json"), toJson(rows));
  }));
