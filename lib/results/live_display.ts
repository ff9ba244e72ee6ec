/** What is shown, by MIME type. */
export type Shown = Record<string, unknown>;

/**
 * Opens an output of the cell that runs: each call shows in the place of the one before.
 *
 * @param jupyter The notebook's kernel.
 */
export function openDisplay(
  jupyter: typeof Deno.jupyter,
): (data: Shown) => Promise<void> {
  const transient = { display_id: crypto.randomUUID() };
  let message = "display_data";
  return async (data) => {
    await jupyter.broadcast(message, { data, metadata: {}, transient });
    message = "update_display_data";
  };
}

/** The notebook's kernel; outside of one, reading `Deno.jupyter` throws. */
export function jupyterOrNone(): typeof Deno.jupyter | undefined {
  try {
    return Deno.jupyter;
  } catch {
    return undefined;
  }
}
