import { assert, assertEquals, assertThrows } from "@std/assert";
import { compile, loop } from "../../lib/compile/mod.ts";
import { canTrace } from "../../lib/compile/native_backend.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { foldIn, keys, normal, uniform } from "../../lib/tf/random.ts";
import { assertSameTensors } from "./assert_same.ts";

/** A small flow-matching training: an MLP 3-16-2, Adam, batch 8. */
type State = Record<"params" | "m" | "v", Tensor[]> & { n: Tensor };

const shapes = [[3, 16], [16], [16, 2], [2]];

function startState(): State {
  const zeros = () => shapes.map((shape) => tf.zeros(shape));
  const draw = (shape: number[], i: number) =>
    tf.reshape(normal(keys([i]), shape), shape);
  return { params: shapes.map(draw), m: zeros(), v: zeros(), n: tf.scalar(0) };
}

function trainingStep(
  { params, m, v, n }: State,
  iteration: Tensor,
  lossScale: number,
) {
  const key = foldIn(keys([3]), iteration);
  const draw = (i: number) =>
    tf.reshape(normal(foldIn(key, i), [8, 2]), [8, 2]);
  const [x0, x1] = [draw(0), draw(1)];
  const t = tf.reshape(uniform(foldIn(key, 2), [8, 1]), [8, 1]);
  const xt = tf.add(tf.mul(t, x1), tf.mul(tf.sub(1, t), x0));
  const loss = (w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) => {
    const x = tf.concat([xt, t], 1);
    const hidden = tf.tanh(tf.add(tf.matMul(x as never, w1 as never), b1));
    const vt = tf.add(tf.matMul(hidden as never, w2 as never), b2);
    const error = tf.mean(tf.square(tf.sub(vt, tf.sub(x1, x0))));
    return tf.mul(error, lossScale);
  };
  const { value, grads } = tf.valueAndGrads(loss as never)(params);
  const next = tf.add(n, 1);
  const mean = (beta: number, before: Tensor, now: Tensor) =>
    tf.add(tf.mul(before, beta), tf.mul(now, 1 - beta));
  const unbiased = (beta: number, x: Tensor) =>
    tf.div(x, tf.sub(1, tf.pow(beta, next)));
  const m2 = m.map((m, i) => mean(0.9, m, grads[i]));
  const v2 = v.map((v, i) => mean(0.999, v, tf.square(grads[i])));
  const params2 = params.map((param, i) => {
    const scale = tf.add(tf.sqrt(unbiased(0.999, v2[i])), 1e-8);
    return tf.sub(param, tf.mul(tf.div(unbiased(0.9, m2[i]), scale), 0.01));
  });
  const state: State = { params: params2, m: m2, v: v2, n: next };
  return { state, logs: { loss: value, grads } };
}

/** Trains, and returns all losses, all gradients and the last state. */
function run(
  step: (state: State, iteration: Tensor) => ReturnType<typeof trainingStep>,
  way: { eager?: boolean },
) {
  using compiled = compile(step, { resident: true, ...way });
  compiled.push(startState());
  const logs = Array.from(
    { length: 30 },
    (_, i) => compiled(tf.scalar(i, "int32")).logs,
  );
  return { logs, state: compiled.pull() };
}

const exact = (state: State, i: Tensor) => trainingStep(state, i, 1);

Deno.test("a compiled training has the losses, gradients and end of an eager one", () => {
  const [eager, graph] = [run(exact, { eager: true }), run(exact, {})];
  assertSameTensors(eager, graph, "run", 1e-4);
  const [first, last] = [0, 29].map((i) => eager.logs[i].loss.dataSync()[0]);
  assert(last < first, `${last} is not below ${first}`);
});

Deno.test("an error of one percent in the loss is found, though Adam hides it", () => {
  const eager = run(exact, { eager: true });
  const graph = run((state, i) => trainingStep(state, i, 1.01), {});
  const { logs: [was] } = eager;
  const { logs: [is] } = graph;
  assertThrows(() => assertSameTensors(was.loss, is.loss, "loss", 1e-4));
  assertThrows(() => assertSameTensors(was.grads, is.grads, "grads", 1e-4));
  // The parameters alone would not tell.
  assertSameTensors(eager.state.params, graph.state.params, "params", 1e-3);
});

Deno.test("steps in a loop are the steps one by one", () => {
  using many = compile((state: State, from: Tensor) =>
    loop(30, state, (state, i) => exact(state, tf.add(from, i)).state)
  );
  const state = many(startState(), tf.scalar(0, "int32"));
  assertSameTensors(run(exact, { eager: true }).state, state, "state", 1e-4);
});

Deno.test({
  name: "XLA trains as the graph does, the numbers being given",
  ignore: !canTrace,
  fn: () => {
    const step = ({ params }: { params: Tensor[] }, x: Tensor) => {
      const loss = (w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) => {
        const hidden = tf.tanh(tf.add(tf.matMul(x as never, w1 as never), b1));
        return tf.mean(
          tf.square(tf.add(tf.matMul(hidden as never, w2 as never), b2)),
        );
      };
      const { value, grads } = tf.valueAndGrads(loss as never)(params);
      const next = params.map((p, i) => tf.sub(p, tf.mul(grads[i], 0.1)));
      return { state: { params: next }, value, grads };
    };
    const { params } = startState();
    const x = tf.reshape(normal(keys([9]), [8, 3]), [8, 3]);
    const results = [{}, { xla: true }].map((way) => {
      using compiled = compile(step, { resident: true, ...way });
      compiled.push({ params });
      const logs = [0, 1, 2].map(() => compiled(x));
      return { logs, state: compiled.pull() };
    });
    assertSameTensors(results[0], results[1]);
    assertEquals(results[0].logs.length, 3);
  },
});
