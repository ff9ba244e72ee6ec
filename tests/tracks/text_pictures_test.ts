import { assert, assertEquals } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { columnsToRows } from "../../lib/experiments/columns.ts";
import { countParams, repeatParams } from "../../lib/models/params.ts";
import { type Params } from "../../lib/models/params.ts";
import { tf } from "../../lib/tf/backend.ts";
import {
  allPicturePrompts,
  disposePictureModels,
  loadPictureModels,
  measureRenders,
  picturePrompts,
  textPicturesTask,
} from "../../lib/tracks/mod.ts";
import { assertSameTensors } from "../compile/assert_same.ts";

const models = await loadPictureModels();
const task = textPicturesTask(models, "small");

Deno.test("the kept nets are of the sizes that are told, and know every prompt", () => {
  const [small, large] = ["small", "large"].map((size) =>
    countParams(models.flows[size as keyof typeof models.flows])
  );
  assert(small > 0.5e6 && small < 0.65e6, `${small}`);
  assert(large > 2.5 * small, `${large}`);
  assertEquals(models.texts.shape, [allPicturePrompts.length, 10, 384]);
  assertEquals(task.policy.contexts, picturePrompts.trained.length);
});

Deno.test("real pictures pass every measure, decoded ones nearly", async () => {
  const [exact, decoded] = await columnsToRows(measureRenders(models, 4));
  for (const column of ["right", "rightHeldOut", "rightUnseen"]) {
    assertEquals(exact[column], 1);
    assert(Number(decoded[column]) > 0.95, `${column} ${decoded[column]}`);
  }
  assert(Number(exact.judged) > 0.97, `${exact.judged}`);
  assert(Number(exact.flaw) < 1e-4 && Number(decoded.flaw) < 0.05);
});

Deno.test("the measures are the same when compiled, and tell no guidance underway", async () => {
  const members = repeatParams(models.flows.small, 2);
  const coefficient = tf.ones([2, 1, 1]);
  const measure = (done: boolean) => (params: Params) =>
    task.measure(params, { coefficient, samples: 2, done });
  for (const done of [false, true]) {
    using compiled = compile(measure(done));
    const [eager, graph] = [measure(done)(members), compiled(members)];
    if (done) assertSameTensors(eager, graph, "measures", 1e-2);
    const rows = await columnsToRows(graph);
    assertEquals(Number.isNaN(rows[0].rightGuided2), !done);
    assert(rows.every(({ right }) => Number(right) > 0.05));
    assertEquals(rows[0].right, rows[1].right);
    tf.dispose(eager);
  }
  tf.dispose([members, coefficient]);
});

Deno.test("what is shown has its caption and all its pixels", async () => {
  const members = repeatParams(models.flows.small, 1);
  const rows = await task.show!(members, [0], { done: true });
  assertEquals(rows.length, 36);
  for (const { picture, caption } of rows) {
    assertEquals(Uint8Array.fromBase64(`${picture}`).length, 24 * 48 * 3);
    assert(allPicturePrompts.some((prompt) => prompt.caption === caption));
  }
  tf.dispose(members);
});

Deno.test("all tensors of the models can be disposed", async () => {
  const before = tf.memory().numTensors;
  const again = await loadPictureModels();
  disposePictureModels(again);
  assertEquals(tf.memory().numTensors, before);
});
