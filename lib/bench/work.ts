import { convTrain, flowSample, flowTrain } from "./flow_workloads.ts";
import { gptSample, gptTrain } from "./language_workloads.ts";
import { adrpoFm, adrpoGrpoIteration } from "./online_workloads.ts";
import { lmGrpo, lmSample, loraTrain } from "./pretrained_workloads.ts";
import { jointAdrpo, jointSample, jointTrain } from "./picture_workloads.ts";
import { sd3Adrpo, sd3Sample } from "./sd3_workloads.ts";
import { type Workload } from "./workload.ts";

const makers = {
  flow_train: flowTrain,
  flow_sample: flowSample,
  conv_train: convTrain,
  gpt_train: gptTrain,
  gpt_sample: gptSample,
  lora_train: loraTrain,
  lm_sample: lmSample,
  lm_grpo: lmGrpo,
  adrpo_fm: adrpoFm,
  adrpo_grpo: adrpoGrpoIteration,
  joint_train: jointTrain,
  joint_sample: jointSample,
  joint_adrpo: jointAdrpo,
  sd3_sample: sd3Sample,
  sd3_adrpo: sd3Adrpo,
};

/** The name of a piece of work. */
export type WorkKind = keyof typeof makers;

/** A piece of work as plain data, which every contender can build it from. */
export type Work = {
  [Kind in WorkKind]:
    & { readonly kind: Kind }
    & Parameters<
      typeof makers[Kind]
    >[0];
}[WorkKind];

/** Builds our form of a piece of work; a pretrained model is loaded. */
export async function workloadOf({ kind, ...sizes }: Work): Promise<Workload> {
  const make = makers[kind] as (
    sizes: Omit<Work, "kind">,
  ) => Workload | Promise<Workload>;
  return await make(sizes);
}
