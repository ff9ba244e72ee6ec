import { assert, assertThrows } from "@std/assert";
import { canTrace } from "../../lib/compile/native_backend.ts";
import { compile } from "../../lib/compile/mod.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { assertSameTensors } from "./assert_same.ts";
import { type OpCase, opCases, values } from "./op_cases.ts";

/** Its result, its gradients of a weighted sum, and the sum. */
function valueAndGradients({ fn, gradient }: OpCase, inputs: Tensor[]) {
  const value = fn(...inputs);
  if (!gradient) return { value };
  const loss = (...inputs: Tensor[]) => {
    const y = fn(...inputs);
    return tf.sum(tf.mul(y, values(y.shape, 4)));
  };
  const { value: sum, grads } = tf.valueAndGrads(loss as never)(inputs);
  return { value, sum, grads };
}

const cases = opCases();
const inputs = Object.fromEntries(
  Object.entries(cases).map(([name, { inputs }]) => [name, inputs]),
);

/** Those whose gradient is 0. */
const flat = new Set(["sign", "step", "floor", "ceil", "round"]);

/** All cases in one graph, each wrapped by `plant`. */
function sweep(plant: (fn: OpCase["fn"]) => OpCase["fn"]) {
  return (inputs: Record<string, Tensor[]>) =>
    Object.fromEntries(
      Object.entries(cases).map(([name, { fn, gradient }]) => [
        name,
        valueAndGradients(
          { fn: plant(fn), gradient, inputs: [] },
          inputs[name],
        ),
      ]),
    );
}

Deno.test({
  name: "every op has the same value and gradient in a graph",
  ignore: !canTrace,
  fn: () => {
    const fn = sweep((fn) => fn);
    const eager = tf.tidy(() => fn(inputs));
    using compiled = compile(fn);
    const graph = compiled(inputs);
    for (const name of Object.keys(cases)) {
      assertSameTensors(eager[name], graph[name], name);
    }
    tf.dispose([eager, graph]);
  },
});

Deno.test({
  name: "an error planted in any op is found, in its value and its gradient",
  ignore: !canTrace,
  fn: () => {
    const eager = tf.tidy(() => sweep((fn) => fn)(inputs));
    // Compiled with the error, compared with the eager run without it.
    using compiled = compile(sweep((fn) => (...inputs) => {
      const y = fn(...inputs);
      return y.dtype === "float32"
        ? tf.mul(y, 1.001)
        : y.dtype === "int32"
        ? tf.add(y, tf.scalar(1, "int32"))
        : tf.logicalNot(y);
    }));
    const graph = compiled(inputs);
    for (const [name, { gradient }] of Object.entries(cases)) {
      const [was, is] = [eager[name], graph[name]];
      const found = (was: unknown, is: unknown) =>
        assertThrows(() => assertSameTensors(was, is), Error, "", name);
      found(was.value, is.value);
      if (!gradient) continue;
      found(was.sum, is.sum);
      if (!flat.has(name)) found(was.grads, is.grads);
    }
    tf.dispose([eager, graph]);
  },
});

Deno.test({
  name: "the sweep covers what it says: gradients that are not all zero",
  ignore: !canTrace, // Other backends lack some of the kernels.
  fn: () => {
    tf.tidy(() => {
      for (const [name, opCase] of Object.entries(cases)) {
        if (!opCase.gradient || flat.has(name)) continue;
        const { grads } = valueAndGradients(opCase, opCase.inputs);
        for (const grad of grads!) {
          assert(grad.dataSync().some((value) => value !== 0), name);
        }
      }
    });
  },
});
