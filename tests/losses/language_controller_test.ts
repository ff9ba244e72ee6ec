import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { adaptiveKlController } from "../../lib/losses/adaptive_kl_controller.ts";
import { tf } from "../../lib/tf/backend.ts";
import { evaluate } from "../evaluate.ts";

Deno.test("adaptiveKlController() moves each member to its own target", async () => {
  const controller = adaptiveKlController({
    target: tf.tensor2d([[1], [2], [4]]),
    horizon: 100,
    beta: 0.1,
  });
  const { shape, values } = await evaluate(() =>
    controller.update(
      { beta: controller.init([3, 1]), kl: tf.fill([3, 1], 2) },
      { samples: 50 },
    )
  );
  assertEquals(shape, [3, 1]);
  // Errors 1, 0 and -0.5, clipped to 0.2, 0 and -0.2, times 50 / 100.
  assertAlmostEquals(values[0], 0.11, 1e-6);
  assertAlmostEquals(values[1], 0.1, 1e-6);
  assertAlmostEquals(values[2], 0.09, 1e-6);
});

Deno.test("adaptiveKlController() holds a policy at the target", async () => {
  // A policy at the optimum for its beta: KL = 1 / beta, so that beta 0.25 holds 4.
  const controller = adaptiveKlController({ target: 4, horizon: 10, beta: 3 });
  let beta = controller.init([1]);
  for (let i = 0; i < 300; i++) {
    const next = tf.tidy(() =>
      controller.update({ beta, kl: tf.div(1, beta) }, { samples: 1 })
    );
    beta.dispose();
    beta = next;
  }
  assertAlmostEquals((await beta.data())[0], 0.25, 1e-3);
  beta.dispose();
});

Deno.test("adaptiveKlController() refuses what is out of range", () => {
  const options = { target: 1, horizon: 10, beta: 0.1 };
  const refuses = (changes: Partial<typeof options>, message: string) =>
    assertThrows(
      () => adaptiveKlController({ ...options, ...changes }).init([1]),
      RangeError,
      message,
    );
  refuses({ target: 0 }, "target");
  refuses({ horizon: -1 }, "horizon");
  refuses({ beta: -0.1 }, "beta");
  const controller = adaptiveKlController(options);
  const [beta, kl] = [tf.ones([2]), tf.ones([1])];
  assertThrows(
    () => controller.update({ beta, kl }, { samples: 1 }),
    TypeError,
    "kl",
  );
  assertThrows(
    () => controller.update({ beta, kl: beta }, { samples: 0 }),
    RangeError,
    "samples",
  );
  tf.dispose([beta, kl]);
});
