/** Drivers that compute on the CPU, by the names that they go by. */
const software =
  /llvmpipe|lavapipe|softpipe|swiftshader|microsoft basic render/i;

/**
 * Whether a WebGPU adapter computes on the CPU. Not every version of Deno marks
 * such an adapter as a fallback, so the known names count too.
 *
 * @param info What the adapter says of itself.
 */
export function isSoftwareAdapter(
  { isFallbackAdapter, vendor, architecture, device, description }:
    GPUAdapterInfo,
): boolean {
  const names = `${vendor} ${architecture} ${device} ${description}`;
  return isFallbackAdapter || software.test(names);
}
