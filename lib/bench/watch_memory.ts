/**
 * Asks NVIDIA's tool twice a second how much memory each program has on the card, until
 * it is stopped.
 *
 * @returns `stop`, which gives the most that the largest process of each program had, in
 * MiB; none where there is no such tool.
 */
export function watchMemory(): { stop(): Promise<Map<string, number>> } {
  const peak = new Map<string, number>();
  let going = true;
  const asking = (async () => {
    while (going) {
      const { stdout } = await new Deno.Command("nvidia-smi", {
        args: [
          "--query-compute-apps=name,used_memory",
          "--format=csv,noheader,nounits",
        ],
        stderr: "null",
      }).output();
      for (const line of new TextDecoder().decode(stdout).trim().split("\n")) {
        const [name, used] = line.split(", ");
        const key = `${name.split("/").at(-1)}, the largest process`;
        if (Number(used)) {
          peak.set(key, Math.max(peak.get(key) ?? 0, Number(used)));
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })().catch(() => {});
  return {
    async stop() {
      going = false;
      await asking;
      return peak;
    },
  };
}
