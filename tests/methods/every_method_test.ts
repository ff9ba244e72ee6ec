// What every method keeps to.
import { assertEquals } from "@std/assert";
import { initOnline } from "../../lib/methods/mod.ts";
import { backend, tf } from "../../lib/tf/backend.ts";
import { advance, cases, onlineOf, valuesOf } from "./populations.ts";

Deno.test("every method trains another policy, the same each time, and leaves no tensor behind", async () => {
  for (const [policy, reward, methods] of cases) {
    const seen = new Map<string, string>();
    for (const method of methods) {
      const before = tf.memory().numTensors;
      const online = onlineOf(policy, method);
      const run = async () => {
        const end = advance(online, reward, 3);
        const values = await valuesOf({ ...end.state, ...end.logs });
        tf.dispose(end);
        return values;
      };
      const values = await run();
      assertEquals(await run(), values, method.name);
      online.coefficient.dispose();
      assertEquals(tf.memory().numTensors, before, method.name);
      const kernel = `${values["params/output/kernel"]}`;
      assertEquals(seen.get(kernel), undefined, `${method.name} is as another`);
      seen.set(kernel, method.name);
    }
  }
});

Deno.test("names tell the methods of a policy apart", () => {
  for (const [, , methods] of cases) {
    const names = methods.map(({ name }) => name);
    assertEquals(new Set(names).size, names.length);
  }
});

Deno.test("all that a population starts with has a member first", () => {
  for (const [policy, , methods] of cases) {
    for (const method of methods) {
      const online = onlineOf(policy, method, { grid: [0.1, 0.2, 0.4] });
      const state = initOnline(online, tf.tensor1d([0.3, 0.6]));
      for (const [name, { shape }] of Object.entries(state)) {
        assertEquals(shape[0], 6, `${name} of ${method.name}`);
      }
      tf.dispose([state, online.coefficient]);
    }
  }
});

Deno.test({
  name:
    "an iteration reads no value and takes no random number of JavaScript's",
  // Elsewhere the keys, which are small, are read.
  ignore: backend.name !== "tensorflow",
  fn: () => {
    const prototype = tf.Tensor.prototype;
    const spied: [object, string][] = [
      ...["data", "dataSync", "array", "arraySync", "bytes", "bytesSync"]
        .map((name): [object, string] => [prototype, name]),
      [tf.backend(), "read"],
      [tf.backend(), "readSync"],
      [Math, "random"],
    ];
    const originals = spied.map(([object, name]) => Reflect.get(object, name));
    for (const [policy, reward, methods] of cases) {
      for (const method of methods) {
        const online = onlineOf(policy, method);
        for (const [object, name] of spied) {
          Reflect.set(object, name, () => {
            throw new Error(`${method.name} called ${name}`);
          });
        }
        try {
          tf.dispose(advance(online, reward, 1));
        } finally {
          for (const [i, [object, name]] of spied.entries()) {
            Reflect.set(object, name, originals[i]);
          }
        }
        online.coefficient.dispose();
      }
    }
  },
});
