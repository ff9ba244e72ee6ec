/**
 * What forecasts of memory count with, of whatever is loaded.
 *
 * @module
 */

/** Bytes of a float32. */
export const bytes = 4;

/** An adapter, its gradient, and two running means. */
export const copiesOfAdapters = 4;

/** The sum of numbers. */
export const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0);

/** The product of numbers, such as the size of a shape. */
export const product = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total * number, 1);
