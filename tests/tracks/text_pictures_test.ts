import { assert, assertEquals } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { columnsToRows } from "../../lib/experiments/columns.ts";
import {
  countParams,
  mapParams,
  repeatParams,
} from "../../lib/models/params.ts";
import { type Params } from "../../lib/models/params.ts";
import { tf } from "../../lib/tf/backend.ts";
import { keys, normal } from "../../lib/tf/random.ts";
import {
  allPicturePrompts,
  disposePictureModels,
  loadPictureModels,
  measureRenders,
  pairFlow,
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
  assert(Number(exact.judged) > 0.95, `${exact.judged}`);
  assert(Number(exact.flaw) < 1e-4 && Number(decoded.flaw) < 0.05);
});

Deno.test("the measures are the same when compiled, of equal members equal", async () => {
  const members = repeatParams(models.flows.small, 2);
  const coefficient = tf.ones([2, 1, 1]);
  const measure = (params: Params) =>
    task.measure(params, { coefficient, samples: 2, done: false });
  using compiled = compile(measure);
  const [eager, graph] = [measure(members), compiled(members)];
  const isMeasured = ([name]: [string, unknown]) => !name.includes("Guided");
  assertSameTensors(
    Object.fromEntries(Object.entries(eager).filter(isMeasured)),
    Object.fromEntries(Object.entries(graph).filter(isMeasured)),
    "measures",
    1e-2,
  );
  const [first, second] = await columnsToRows(graph);
  assertEquals({ ...first, member: 1 }, second);
  assert(Number(first.right) > 0.2 && Number(first.styles) > 1.4);
  assert(Number.isNaN(first.rightGuided2));
  tf.dispose([eager, members, coefficient]);
});

Deno.test("guidance is measured once training is over, and helps", async () => {
  const one = repeatParams(models.flows.small, 1);
  const coefficient = tf.ones([1, 1, 1]);
  const [row] = await columnsToRows(
    task.measure(one, { coefficient, samples: 2, done: true }),
  );
  assert(Number(row.rightGuided2) > Number(row.right));
  assert(Number(row.judgedGuided4) > Number(row.judged));
  tf.dispose([one, coefficient]);
});

Deno.test("what is shown has its caption and all its pixels", async () => {
  const members = repeatParams(models.flows.small, 1);
  const rows = await task.show!(members, [0], { done: true });
  assertEquals(rows.length, 18);
  for (const { picture, caption } of rows) {
    assertEquals(Uint8Array.fromBase64(`${picture}`).length, 24 * 48 * 3);
    assert(allPicturePrompts.some((prompt) => prompt.caption === caption));
  }
  tf.dispose(members);
});

Deno.test("changes of the size of half precision's rounding are not to be seen", async () => {
  const difference = tf.tidy(() => {
    const model = pairFlow("small", models.texts);
    const { small } = models.flows;
    const rounded = mapParams(small, (param, name) => {
      const noise = normal(keys([name.length]), [param.size]);
      const errors = tf.mul(2 ** -12, tf.reshape(noise, param.shape));
      return tf.mul(param, tf.add(1, errors));
    });
    const xt = normal(keys([1]), [48, model.dim]);
    const velocity = (params: Params) =>
      model.velocity(params, xt, tf.scalar(0.5), tf.range(0, 48, 1, "int32"));
    const [a, b] = [velocity(small), velocity(rounded)];
    return tf.div(tf.norm(tf.sub(b, a)), tf.norm(a));
  });
  const [relative] = await difference.data();
  assert(relative > 0 && relative < 2e-3, `${relative}`);
  difference.dispose();
});

Deno.test("all tensors of the models can be disposed", async () => {
  const before = tf.memory().numTensors;
  const again = await loadPictureModels();
  disposePictureModels(again);
  assertEquals(tf.memory().numTensors, before);
});
