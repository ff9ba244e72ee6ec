import { assertEquals, assertMatch } from "@std/assert";
import { environment } from "../../lib/results/environment.ts";

Deno.test("the commit is what a packed kit says, and else git's", async () => {
  const clone = (await environment()).commit;
  if (clone !== null) assertMatch(clone, /^[0-9a-f]{40}(-dirty)?$/);
  Deno.env.set("KIT_COMMIT", "packed");
  try {
    assertEquals((await environment()).commit, "packed");
  } finally {
    Deno.env.delete("KIT_COMMIT");
  }
});
