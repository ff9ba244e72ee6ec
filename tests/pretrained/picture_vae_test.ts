import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { loadPictureVae } from "../../lib/pretrained/pictures/load_picture_vae.ts";
import { type Tensor, tf } from "../../lib/tf/backend.ts";
import { assertClose, fixture, valuesOf } from "./velocity_fixture.ts";

Deno.test("pictures, latents and the gradient are those of diffusers' AutoencoderKL", async () => {
  const values = await valuesOf("vae");
  const before = tf.memory().numTensors;
  const vae = await loadPictureVae(fixture("vae"));
  const { mean, logVariance } = vae.encode(values.pictures);
  assertClose(mean, values.mean, 1e-5);
  assertClose(logVariance, values.log_variance, 1e-5);
  const decoded = vae.decode(values.latents);
  assertClose(decoded, values.decoded, 1e-5);
  const gradient = tf.grad((z: Tensor) => vae.decode(z))(
    values.latents,
    values.cotangent,
  );
  assertClose(gradient, values.gradient, 5e-5);
  assertEquals([vae.scalingFactor, vae.shiftFactor], [1.5305, 0.0609]);
  tf.dispose([mean, logVariance, decoded, gradient]);
  vae.dispose();
  assertEquals(tf.memory().numTensors, before);
  tf.dispose(values);
});

Deno.test("pictures and latents of other shapes are refused by name", async () => {
  const vae = await loadPictureVae(fixture("vae"));
  tf.tidy(() => {
    const odd = tf.ones([1, 3, 5, 4]);
    assertThrows(() => vae.encode(odd), TypeError, "pictures");
    const flat = tf.ones([3, 4, 4]);
    assertThrows(() => vae.decode(flat), TypeError, "latents");
    const four = tf.ones([1, 4, 4, 4]);
    assertThrows(() => vae.decode(four), TypeError, "[B, 3, H, W]");
  });
  vae.dispose();
});

Deno.test("a class, a value or a weight that does not fit is refused by name", async () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ _class_name: "AutoencoderDC" }, "AutoencoderDC"],
    [{ act_fn: "relu" }, '"act_fn"'],
    [{ block_out_channels: [4, 8, 8] }, '"down_block_types"'],
    [{ use_quant_conv: false }, "quant_conv"],
    [{ layers_per_block: 2 }, "resnets.1"],
  ];
  const source = fixture("vae");
  const old = JSON.parse(await Deno.readTextFile(`${source}/config.json`));
  const weights = "diffusion_pytorch_model.safetensors";
  const folder = await Deno.makeTempDir();
  await Deno.copyFile(`${source}/${weights}`, `${folder}/${weights}`);
  for (const [changed, message] of cases) {
    await Deno.writeTextFile(
      `${folder}/config.json`,
      JSON.stringify({ ...old, ...changed }),
    );
    await assertRejects(() => loadPictureVae(folder), RangeError, message);
  }
  await Deno.remove(folder, { recursive: true });
});
