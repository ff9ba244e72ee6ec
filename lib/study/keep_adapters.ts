import { join } from "node:path";
import { type Trained } from "../experiments/run.ts";
import { writeAdapters } from "../pretrained/language/peft.ts";

/** A setting of a study whose adapters are kept, those of the first seed. */
export interface KeptSetting {
  /** Its task; any when left out. */
  readonly task?: string;
  readonly method: string;
  readonly coefficient: number;
}

/**
 * Writes the adapters of some settings, which notebooks measure again, in half precision.
 *
 * @param settings By the names of their folders.
 * @param base What the base is called; `""` when left out.
 * @returns The `keep` of a study.
 */
export function keepAdapters(
  settings: Readonly<Record<string, KeptSetting>>,
  base?: string,
): (trained: Trained, folder: string) => Promise<void> {
  return async ({ task, method, members, params }, folder) => {
    for (const [name, kept] of Object.entries(settings)) {
      const member = members.findIndex(({ coefficient }) =>
        coefficient === kept.coefficient
      );
      const isOf = (kept.task ?? task) === task && kept.method === method;
      if (!isOf || member < 0) continue;
      const options = { member, base, half: true };
      await writeAdapters(join(folder, name), params, options);
    }
  };
}
