import { assertEquals } from "@std/assert";
import {
  loadVelocityTransformer,
} from "../../lib/pretrained/velocity_transformer.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { assertClose, fixture, group, valuesOf } from "./velocity_fixture.ts";

const models = [
  ...["sd3", "sd3_plain", "flux", "flux_plain", "sana", "sana_plain"],
];

for (const model of models) {
  Deno.test(`the velocity of ${model} and its gradient are those of diffusers`, async () => {
    const values = await valuesOf(model);
    const before = tf.memory().numTensors;
    const transformer = await loadVelocityTransformer(
      fixture(`${model}/transformer`),
    );
    const { hidden_states, ...others } = group(values, "inputs");
    const velocity = transformer.velocity({ hidden_states, ...others });
    const gradient = tf.grad((x: Tensor) =>
      transformer.velocity({ hidden_states: x, ...others })
    )(hidden_states, values.cotangent);
    assertClose(velocity, values.velocity, 2e-5);
    assertClose(gradient, values.gradient, 2e-5);
    tf.dispose([velocity, gradient]);
    transformer.dispose();
    assertEquals(tf.memory().numTensors, before);
    tf.dispose(values);
  });
}
