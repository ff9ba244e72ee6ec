import { fileURLToPath } from "node:url";

/** The folder of the checkout, where the tasks run. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));
