import { assertEquals } from "@std/assert";
import { isSoftwareAdapter } from "../../lib/tf/software_adapter.ts";

const info = (fields: Partial<GPUAdapterInfo>) =>
  ({
    ...{ vendor: "", architecture: "", device: "", description: "" },
    ...{ isFallbackAdapter: false, ...fields },
  }) as GPUAdapterInfo;

Deno.test("software drivers are known by name, though none says that it is a fallback", () => {
  const named: Partial<GPUAdapterInfo>[] = [
    { vendor: "65541", description: "llvmpipe (LLVM 15.0.6, 256 bits)" },
    { description: "SwiftShader Device (LLVM 10.0.0)" },
    { vendor: "google", architecture: "swiftshader" },
    { description: "Mesa lavapipe" },
    { description: "Microsoft Basic Render Driver" },
  ];
  assertEquals(named.filter((fields) => !isSoftwareAdapter(info(fields))), []);
});

Deno.test("an adapter that says that it is a fallback is software", () => {
  const fields = { description: "unheard of", isFallbackAdapter: true };
  assertEquals(isSoftwareAdapter(info(fields)), true);
});

Deno.test("graphics cards are not software", () => {
  const named: Partial<GPUAdapterInfo>[] = [
    { vendor: "4318", description: "NVIDIA H100 80GB HBM3" },
    { vendor: "apple", description: "Apple M2" },
    { description: "Intel(R) Iris(R) Xe Graphics (TGL GT2)" },
    { description: "AMD Radeon RX 6800 (RADV NAVI21)" },
  ];
  assertEquals(named.filter((fields) => isSoftwareAdapter(info(fields))), []);
});
