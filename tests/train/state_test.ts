import { assertEquals, assertThrows } from "@std/assert";
import { tf } from "../../lib/tf/backend.ts";
import { joinState, stateGroup } from "../../lib/train/state.ts";

Deno.test("stateGroup() takes only the group of that name", () => {
  const [a, b, c] = [tf.scalar(1), tf.scalar(2), tf.scalar(3)];
  const state = joinState({ adam: { m: a }, adamant: { m: b }, x: c });
  assertEquals(Object.keys(state), ["adam/m", "adamant/m", "x"]);
  assertEquals(Object.entries(stateGroup(state, "adam")), [["m", a]]);
  assertThrows(() => stateGroup(state, "x"), RangeError, 'group "x"');
  tf.dispose(state);
});
