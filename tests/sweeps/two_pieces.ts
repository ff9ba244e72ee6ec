// Two pieces of the twenty.
import small from "./small_sweep.ts";

export default {
  ...small,
  name: "two_pieces",
  tasks: small.tasks.slice(1, 2),
  arms: small.arms.slice(0, 2),
} satisfies typeof small;
