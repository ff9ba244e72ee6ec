import { type Tensor, tf } from "../tf/backend.ts";

/** Columns of prompts that are measured and never fine-tuned: `rewardHeldOut` ... */
export function heldOutColumns(
  columns: Record<string, Tensor>,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(columns)
      .map(([name, column]) => [`${name}HeldOut`, column]),
  );
}

/** The mean of each value over some prompts, `[M, C]` to `[M]`. */
export function meansOver(
  values: Record<string, Tensor>,
  { first, count }: { first: number; count: number },
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      tf.mean(tf.slice(value, [0, first], [-1, count]), 1),
    ]),
  );
}

/**
 * The means of values `[M, C]` over the prompts that are fine-tuned, the first `trained`
 * of the C, and over the others, as {@linkcode heldOutColumns} names them.
 */
export function ownAndHeldOut(
  values: Record<string, Tensor>,
  trained: number,
): Record<string, Tensor> {
  return {
    ...meansOver(values, { first: 0, count: trained }),
    // To the end.
    ...heldOutColumns(meansOver(values, { first: trained, count: -1 })),
  };
}
