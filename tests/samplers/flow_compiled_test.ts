import { compile } from "../../lib/compile/mod.ts";
import { canTrace } from "../../lib/compile/native_backend.ts";
import { euler } from "../../lib/samplers/euler.ts";
import { flowLogDensity } from "../../lib/samplers/flow_log_density.ts";
import { heun } from "../../lib/samplers/heun.ts";
import { midpoint } from "../../lib/samplers/midpoint.ts";
import { rk4 } from "../../lib/samplers/rk4.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { assertSameTensors } from "../compile/assert_same.ts";

/** A field that depends on the point and on the time. */
const field = (x: Tensor, t: Tensor) => tf.sub(tf.sin(tf.mul(t, 3)), x);

for (const [name, sampler] of Object.entries({ euler, midpoint, heun, rk4 })) {
  const sample = (x0: Tensor) => sampler(field, x0, { steps: 7 });

  // Elsewhere the compiled function is the eager one.
  const ignore = !canTrace;

  Deno.test({ name: `${name} samples the same when compiled`, ignore }, () => {
    const x0 = tf.tensor2d([[-1, 0.5], [2, 0.25]]);
    using compiled = compile(sample);
    const [eager, graph] = [sample(x0), compiled(x0)];
    assertSameTensors(eager, graph);
    tf.dispose([x0, eager, graph]);
  });

  Deno.test({
    name: `a compiled gradient reaches the noise through ${name}`,
    ignore,
  }, () => {
    const x0 = tf.tensor2d([[-1, 0.5], [2, 0.25]]);
    const gradient = (x0: Tensor) =>
      tf.grad((x) => tf.sum(tf.square(sample(x as Tensor))))(x0);
    using compiled = compile(gradient);
    const [eager, graph] = [tf.tidy(() => gradient(x0)), compiled(x0)];
    assertSameTensors(eager, graph);
    tf.dispose([x0, eager, graph]);
  });
}

Deno.test({
  name: "flowLogDensity computes the same when compiled",
  ignore: !canTrace,
  fn: () => {
    const x1 = tf.tensor2d([[-1, 0.5], [2, 0.25]]);
    const density = (x1: Tensor) => flowLogDensity(field, x1, { steps: 7 });
    using compiled = compile(density);
    const [eager, graph] = [density(x1), compiled(x1)];
    assertSameTensors(eager, graph);
    tf.dispose([x1, eager, graph]);
  },
});
