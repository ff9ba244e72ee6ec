import { type Tensor } from "../tf/backend.ts";

/** Columns of prompts that are measured and never fine-tuned: `rewardHeldOut` ... */
export function heldOutColumns(
  columns: Record<string, Tensor>,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(columns)
      .map(([name, column]) => [`${name}HeldOut`, column]),
  );
}
