import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { python } from "../../lib/bench/python_peers.ts";
import { writeText } from "../../lib/data/files.ts";
import { inFolder } from "../in_folder.ts";

const installer = fileURLToPath(
  new URL("../../lib/bench/peers/install.py", import.meta.url),
);

/** A pip that notes what it is asked, and puts a file of that name for each package. */
const pip = `
import pathlib, sys
args = sys.argv[1:]
if args[0] == "freeze":
    folder = pathlib.Path(args[args.index("--path") + 1])
    print(*sorted(p.name for p in folder.iterdir() if "==" in p.name), sep="\\n")
    sys.exit()
folder = pathlib.Path(args[args.index("--target") + 1])
folder.mkdir(exist_ok=True)
packages = [arg for arg in args if arg[0] != "-" and "==" in arg]
for name in packages:
    (folder / name).touch()
held = args[args.index("--constraint") + 1] if "--constraint" in args else None
asked = [" ".join(packages), "with " + " ".join(open(held).read().split()) if held else "alone"]
print(*asked, sep=", ", file=open(folder.parent / "asked.txt", "a"))
`;

Deno.test("peers that are there stay where only others are added", () =>
  inFolder(async (root) => {
    await Deno.copyFile(installer, join(root, "install.py"));
    await writeText(join(root, "fake/pip.py"), pip);
    const folder = join(root, "peers");
    /** Installs, and says what pip was asked and what is there. */
    const install = async (requirements: string) => {
      await writeText(join(root, "requirements.txt"), requirements);
      await writeText(join(root, "asked.txt"), "");
      const { success, stderr } = await new Deno.Command(python, {
        args: [join(root, "install.py"), folder],
        env: { PYTHONPATH: join(root, "fake") },
      }).output();
      assertEquals(success, true, new TextDecoder().decode(stderr));
      const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
      return {
        asked: await Deno.readTextFile(join(root, "asked.txt")),
        there: names.filter((name) => name.includes("==")).sort().join(" "),
      };
    };
    assertEquals(await install("# Big.\na==1\nb==1\n"), {
      asked: "a==1 b==1, alone\n",
      there: "a==1 b==1",
    });
    assertEquals(await install("# Other words.\na==1\nb==1\n"), {
      asked: "",
      there: "a==1 b==1",
    });
    assertEquals(await install("a==1\nb==1\nc==1\n"), {
      asked: "c==1, with a==1 b==1\n",
      there: "a==1 b==1 c==1",
    });
    assertEquals(await install("a==2\nb==1\n"), {
      asked: "a==2 b==1, alone\n",
      there: "a==2 b==1",
    });
  }));
