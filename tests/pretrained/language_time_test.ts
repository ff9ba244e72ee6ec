import { assert, assertAlmostEquals, assertRejects } from "@std/assert";
import { type LanguageWorkload } from "../../lib/pretrained/language/memory_forecast.ts";
import {
  countProducts,
  forecastLanguageTime,
} from "../../lib/pretrained/language/time_forecast.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import {
  cases,
  languageWork,
  profileOf,
  small,
  workload,
} from "./language_work.ts";

const sizeOf = (shape: number[]) => shape.reduce((a, b) => a * b, 1);

/** The multiplications of all products that are really run, one after the other. */
async function productsRun(body: () => Tensor[]): Promise<number> {
  const { kernels } = await profileOf(body);
  return kernels.filter(({ name }) => name === "BatchMatMul")
    .map(({ inputShapes, outputShapes }) => {
      const [out] = outputShapes;
      const batch = sizeOf(out.slice(0, -2));
      // b m k, b k n and b m n: their product is b (b m k n)^2.
      const sizes = [...inputShapes as number[][], out].map(sizeOf);
      return Math.sqrt(sizes.reduce((a, b) => a * b) / batch);
    }).reduce((a, b) => a + b);
}

for (const [name, [change, more]] of Object.entries(cases)) {
  Deno.test(`the products of an iteration are those that are run: ${name}`, async () => {
    const [config, work] = [{ ...small, ...change }, { ...workload, ...more }];
    const { draw, step, dispose } = languageWork(config, work);
    const { prompts, tokens, reference, step: learning } = countProducts(
      config,
      work,
    );
    const ratios = [
      (prompts + tokens + reference) / await productsRun(draw),
      learning / await productsRun(step),
    ];
    dispose();
    for (const ratio of ratios) assertAlmostEquals(ratio, 1, 0.02);
  });
}

Deno.test("a forecast of time grows with the work, and leaves nothing behind", async () => {
  const config = { ...small, model_type: "llama" };
  const before = tf.memory().numTensors;
  const forecast = await forecastLanguageTime(config, workload);
  assert(forecast.sampling > 0 && forecast.step > 0);
  const { operations } = await forecastLanguageTime(config, {
    ...workload,
    prompts: 2 * workload.prompts,
  });
  assertAlmostEquals(operations / forecast.operations, 2, 1e-9);
  assert(tf.memory().numTensors === before);
  await assertRejects(
    () =>
      forecastLanguageTime(
        config,
        { ...workload, answers: 4 } as LanguageWorkload,
      ),
    TypeError,
    '"answers"',
  );
});
