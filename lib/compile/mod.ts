/**
 * Compiles functions of TensorFlow.js to graphs that run in one native call.
 *
 * @module
 */

export {
  compile,
  type Compiled,
  type CompiledStep,
  type CompileOptions,
} from "./compile.ts";
export { fingerprint } from "./fingerprint.ts";
export { type Input } from "./inputs.ts";
export { loop } from "./loop.ts";
export { isTapeOn, offTape } from "./no_tape.ts";
