import { assert } from "@std/assert";
import { compile } from "../../lib/compile/mod.ts";
import { canTrace, nativeBackend } from "../../lib/compile/native_backend.ts";
import { replaceAll } from "../../lib/compile/replaced.ts";
import { trace } from "../../lib/compile/trace.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { assertSameTensors } from "./assert_same.ts";

const x = tf.reshape(tf.range(0, 120), [4, 5, 6]);

const reduced = (reduce: "sum" | "mean", axis?: number | number[]) => {
  const loss = (x: Tensor) => tf.sum(tf.square(tf[reduce](tf.square(x), axis)));
  return tf.grad(loss);
};

for (const reduce of ["sum", "mean"] as const) {
  for (const axis of [undefined, 0, -1, [0, 2], []]) {
    Deno.test(`the gradient of a ${reduce} over axes ${JSON.stringify(axis) ?? "all"} is the eager one`, () => {
      const [eager, graph] = [true, false].map((eager) => {
        using gradient = compile(reduced(reduce, axis), { eager });
        return gradient(x);
      });
      assertSameTensors(eager, graph);
    });
  }
}

Deno.test({
  name: "a trace makes no array of as many ones as a sum's gradient has",
  ignore: !canTrace,
  fn: () => {
    const backend = nativeBackend();
    const { write } = backend;
    let longest = 0;
    const watched: typeof write = (values, ...type) => {
      longest = Math.max(longest, values.length);
      return write.call(backend, values, ...type);
    };
    const putBack = replaceAll([[backend, "write", watched]]);
    try {
      for (const reduce of ["sum", "mean"] as const) {
        trace(reduced(reduce, 1), [x]);
      }
    } finally {
      putBack();
    }
    assert(longest > 0 && longest < x.size, `${longest} values were written`);
  },
});
