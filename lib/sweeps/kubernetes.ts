import { type Plan } from "./plan.ts";
import { pieceCommand } from "./submit.ts";

/** Where a Kubernetes Job runs. */
export interface JobPlace {
  /** An image whose working folder is a checkout, set up. */
  readonly image: string;
  /** The volume claim that holds the sweep's folder. */
  readonly claim: string;
  /** The folder of the sweep, here and in the image. */
  readonly folder: string;
}

/**
 * Renders a sweep as a Kubernetes Job whose completion mode is Indexed: one pod a piece,
 * of the same command as in Slurm. It is checked against the published schema, and has
 * run on no cluster.
 *
 * @param name The sweep's.
 * @param plan Its plan.
 * @param place Where it runs.
 * @returns The manifest, for `kubectl apply -f`.
 */
export function indexedJob(
  name: string,
  plan: Plan,
  { image, claim, folder }: JobPlace,
) {
  const count = plan.pieces.length;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: name.replaceAll("_", "-").slice(0, 63) },
    spec: {
      completionMode: "Indexed",
      completions: count,
      parallelism: count,
      backoffLimit: count,
      template: {
        spec: {
          restartPolicy: "Never",
          containers: [{
            name: "piece",
            image,
            command: ["deno", ...pieceCommand, folder],
            resources: { requests: { cpu: plan.made.threads } },
            volumeMounts: [{ name: "shared", mountPath: folder }],
          }],
          volumes: [{
            name: "shared",
            persistentVolumeClaim: { claimName: claim },
          }],
        },
      },
    },
  };
}
