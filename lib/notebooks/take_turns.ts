/**
 * Does an action for each item, a few at a time. After a failure no other item is
 * begun; what is under way comes to its end.
 *
 * @param items The items, in the order to begin them.
 * @param limit How many actions are under way at once, at most.
 * @param action The action.
 * @throws {Error} What an action threw; if several did, one error with the messages of
 * all.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { takeTurns } from "./take_turns.ts";
 *
 * const done: number[] = [];
 * await takeTurns([1, 2, 3], 2, async (item) => {
 *   await Promise.resolve();
 *   done.push(item);
 * });
 * assertEquals(done.sort(), [1, 2, 3]);
 * ```
 */
export async function takeTurns<Item>(
  items: readonly Item[],
  limit: number,
  action: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const errors: unknown[] = [];
  const work = async () => {
    for (const item of waiting) {
      try {
        await action(item);
      } catch (error) {
        errors.push(error);
      }
      if (errors.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: limit }, work));
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    const messages = errors.map((error) =>
      error instanceof Error ? error.message : String(error)
    );
    throw new AggregateError(errors, messages.join("\n\n"));
  }
}
