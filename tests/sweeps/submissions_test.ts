import { assertEquals, assertRejects } from "@std/assert";
import {
  decide,
  intend,
  settle,
  submissionsOf,
} from "../../lib/sweeps/submissions.ts";
import { inFolder } from "../in_folder.ts";

const intent = (name: string) => ({ name, indices: [0, 2], options: ["-x"] });

Deno.test("what becomes of a submission is decided once", () =>
  inFolder(async (folder) => {
    assertEquals(await intend(folder, intent("a")), 1);
    assertEquals(await intend(folder, intent("b")), 2);
    const late = { accepted: "17" };
    assertEquals(await decide(folder, 1, { withdrawn: "why" }), {
      withdrawn: "why",
    });
    assertEquals(await decide(folder, 1, late), { withdrawn: "why" });
    const [first, second] = await submissionsOf(folder);
    assertEquals(first, {
      ...intent("a"),
      number: 1,
      outcome: { withdrawn: "why" },
    });
    assertEquals(second.outcome, undefined);
  }));

Deno.test("of two who submit at once the second is told", () =>
  inFolder(async (folder) => {
    const both = await Promise.allSettled(
      ["a", "b"].map((name) => intend(folder, intent(name))),
    );
    const numbers = both.filter(({ status }) => status === "fulfilled");
    assertEquals((await submissionsOf(folder)).length, numbers.length);
    const refused = both.find(({ status }) => status === "rejected");
    if (refused) {
      await assertRejects(
        () => Promise.reject((refused as PromiseRejectedResult).reason),
        Error,
        "Another process",
      );
    }
  }));

Deno.test("while a submission is unclear and Slurm does not answer, nothing goes on", () =>
  inFolder(async (folder) => {
    assertEquals(await settle(folder), []);
    await intend(folder, intent("a"));
    // Here no squeue may be run.
    await assertRejects(
      () => settle(folder),
      Error,
      "It is unclear whether Slurm accepted submission 1",
    );
    await decide(folder, 1, { accepted: "17" });
    assertEquals((await settle(folder)).length, 1);
  }));
