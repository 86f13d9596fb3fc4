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
  /**
   * One step of squared's worlds from … to − 1: i32 agent, target, tick, actions; f32 rewards; u8 terminations. Returns 0
   * and does nothing where an agent or a target is not on the field.
   */
  squaredStep(
    agent: number,
    target: number,
    tick: number,
    actions: number,
    rewards: number,
    terminations: number,
    from: number,
    to: number,
  ): number;
  /** u8 observations [N, 121] of worlds from … to − 1. Returns 0 and does nothing, as `squaredStep`. */
  squaredObserve(agent: number, target: number, observations: number, from: number, to: number): number;
  /** New episodes, as `cartPoleReset`. */
  squaredReset(
    agent: number,
    target: number,
    tick: number,
    draws: number,
    streams: number,
    purpose: number,
    key0: number,
    key1: number,
    first: number,
    list: number,
    count: number,
  ): void;
  /**
   * One step of breakout's worlds from … to − 1: f64 paddle … speed; i32 hits, balls, score; f32 bricks [N, 118]; u32
   * draws, u32 streams, purpose and key are a RowRandom's; f64 rewardLimit; i32 actions; f32 rewards; u8 terminations.
   */
  breakoutStep(
    paddle: number,
    paddleWidth: number,
    x: number,
    y: number,
    vx: number,
    vy: number,
    speed: number,
    hits: number,
    balls: number,
    score: number,
    bricks: number,
    draws: number,
    streams: number,
    purpose: number,
    key0: number,
    key1: number,
    rewardLimit: number,
    actions: number,
    rewards: number,
    terminations: number,
    from: number,
    to: number,
  ): void;
  /** f32 observations [N, 118] of worlds from … to − 1, of columns as in `breakoutStep`. */
  breakoutObserve(
    paddle: number,
    paddleWidth: number,
    x: number,
    y: number,
    vx: number,
    vy: number,
    speed: number,
    hits: number,
    balls: number,
    score: number,
    bricks: number,
    observations: number,
    from: number,
    to: number,
  ): void;
  /** i8 observations [N · agents, 121] of worlds from … to − 1: u16 tiles [N, 640 · 360], i32 heads [N · agents]. */
  snakeObserve(
    tiles: number,
    head: number,
    observations: number,
    agents: number,
    from: number,
    to: number,
  ): void;
}

let module: WebAssembly.Module | undefined;

/** Instantiates the kernels of envs over a memory. The module is compiled once a process. */
export function envKernels(memory: WebAssembly.Memory): EnvKernels {
  module ??= new WebAssembly.Module(Uint8Array.from(atob(envs), (character) => character.charCodeAt(0)));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as EnvKernels;
}
