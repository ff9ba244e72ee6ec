import { type Tensor } from "../tf/backend.ts";

/**
 * How good each sample is: a plain function of samples `x1`, `[..., N, D]`, and
 * their contexts `c`, int32 `[N]`, that returns `[..., N]` as a fresh tensor. It
 * is tensors end to end, as it runs inside the training loop.
 */
export type Reward = (x1: Tensor, c: Tensor) => Tensor;
