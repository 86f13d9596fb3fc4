import { envs } from '../../kernels/binaries.ts';

/** The kernels of envs: functions on pointers into one memory, as in lib/engine/wasm/kernels.ts. */
export interface EnvKernels {
  /**
   * One step of CartPole's worlds from … to − 1: f64 x, xDot, theta, thetaDot; i32 actions; f32 rewards; u8
   * terminations. Returns 0 and does nothing where an angle is 0.785 or more.
   */
  cartPoleStep(
    x: number,
    xDot: number,
    theta: number,
    thetaDot: number,
    actions: number,
    rewards: number,
    terminations: number,
    from: number,
    to: number,
  ): number;
  /** f32 observations [N, 4] of worlds from … to − 1. */
  cartPoleObserve(
    x: number,
    xDot: number,
    theta: number,
    thetaDot: number,
    observations: number,
    from: number,
    to: number,
  ): void;
  /** New episodes in worlds first + list[0 … count − 1] (i32); u32 draws, u32 streams, purpose and key are a RowRandom's. */
  cartPoleReset(
    x: number,
    xDot: number,
    theta: number,
    thetaDot: number,
    draws: number,
    streams: number,
    purpose: number,
    key0: number,
    key1: number,
    first: number,
    list: number,
    count: number,
  ): void;
}

let module: WebAssembly.Module | undefined;

/** Instantiates the kernels of envs over a memory. The module is compiled once a process. */
export function envKernels(memory: WebAssembly.Memory): EnvKernels {
  module ??= new WebAssembly.Module(Uint8Array.from(atob(envs), (character) => character.charCodeAt(0)));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as EnvKernels;
}
