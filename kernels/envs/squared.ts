import { integer, openStream } from './random';

// squared with the bits of envs/squared.ts, which says what it means: four worlds at a time.

const SIZE: i32 = 11;
const CELLS: usize = 121;
const CENTER: i32 = 60;
const MAX_TICK: i32 = 33;
const AGENT: u8 = 1;
const TARGET: u8 = 2;

// Of four worlds or one.
// @ts-ignore: decorator
@inline
function read(column: usize, worlds: i32): v128 {
  return worlds == 4 ? v128.load(column) : v128.load32_zero(column);
}

// @ts-ignore: decorator
@inline
function write(column: usize, values: v128, worlds: i32): void {
  if (worlds == 4) v128.store(column, values);
  else v128.store32_lane(column, values, 0);
}

/** Whether all agents and targets are on the field: there is no other place for them to be shown in. */
function isOnField(agent: usize, target: usize, from: usize, to: usize): bool {
  let most = i32x4.splat(0);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const cells = i32x4.max_u(v128.load(agent + (i << 2)), v128.load(target + (i << 2)));
    most = i32x4.max_u(most, cells);
  }
  for (; i < to; i++) {
    most = i32x4.max_u(most, v128.load32_zero(agent + (i << 2)));
    most = i32x4.max_u(most, v128.load32_zero(target + (i << 2)));
  }
  return i32x4.all_true(i32x4.lt_u(most, i32x4.splat(<i32>CELLS)));
}

/** Steps four worlds or one, from world i on. */
// @ts-ignore: decorator
@inline
function move(
  agent: usize,
  target: usize,
  tick: usize,
  actions: usize,
  rewards: usize,
  terminations: usize,
  i: usize,
  worlds: i32,
): void {
  const at = i << 2;
  const cell = read(agent + at, worlds);
  const action = read(actions + at, worlds);
  // cell / 11 for all cells: 373 / 4096 is a little more than 1 / 11.
  const y = i32x4.shr_u(i32x4.mul(cell, i32x4.splat(373)), 12);
  const x = i32x4.sub(cell, i32x4.mul(y, i32x4.splat(SIZE)));
  // Comparisons are −1 where they hold: 1 goes down, 2 up, 3 left, 4 right.
  const dx = i32x4.sub(i32x4.eq(action, i32x4.splat(3)), i32x4.eq(action, i32x4.splat(4)));
  const dy = i32x4.sub(i32x4.eq(action, i32x4.splat(2)), i32x4.eq(action, i32x4.splat(1)));
  const outX = i32x4.ge_u(i32x4.add(x, dx), i32x4.splat(SIZE));
  const outY = i32x4.ge_u(i32x4.add(y, dy), i32x4.splat(SIZE));
  const out = v128.or(outX, outY);
  const change = i32x4.add(dx, i32x4.mul(dy, i32x4.splat(SIZE)));
  const next = i32x4.add(cell, v128.andnot(change, out));
  const ticks = read(tick + at, worlds);
  const lost = v128.or(out, i32x4.ge_s(ticks, i32x4.splat(MAX_TICK)));
  const found = v128.andnot(i32x4.eq(next, read(target + at, worlds)), lost);
  write(agent + at, next, worlds);
  write(tick + at, i32x4.add(ticks, i32x4.splat(1)), worlds);
  write(rewards + at, f32x4.convert_i32x4_s(i32x4.sub(lost, found)), worlds);
  const ends = v128.and(v128.or(found, lost), i32x4.splat(1));
  const halves = i16x8.narrow_i32x4_s(ends, ends);
  const bytes = i8x16.narrow_i16x8_s(halves, halves);
  if (worlds == 4) v128.store32_lane(terminations + i, bytes, 0);
  else v128.store8_lane(terminations + i, bytes, 0);
}

/** Steps worlds from … to − 1; or returns false, where one is not on the field, and does nothing. */
export function squaredStep(
  agent: usize,
  target: usize,
  tick: usize,
  actions: usize,
  rewards: usize,
  terminations: usize,
  from: usize,
  to: usize,
): bool {
  if (!isOnField(agent, target, from, to)) return false;
  let i = from;
  for (; i + 4 <= to; i += 4) move(agent, target, tick, actions, rewards, terminations, i, 4);
  for (; i < to; i++) move(agent, target, tick, actions, rewards, terminations, i, 1);
  return true;
}

/** Writes the cells of worlds from … to − 1, [N, 121]; or returns false, where one is not on the field, and does nothing. */
export function squaredObserve(
  agent: usize,
  target: usize,
  observations: usize,
  from: usize,
  to: usize,
): bool {
  if (!isOnField(agent, target, from, to)) return false;
  let row = observations + from * CELLS;
  memory.fill(row, 0, (to - from) * CELLS);
  for (let i = from; i < to; i++) {
    store<u8>(row + load<u32>(target + (i << 2)), TARGET);
    store<u8>(row + load<u32>(agent + (i << 2)), AGENT);
    row += CELLS;
  }
  return true;
}

/** Begins new episodes in worlds first + list[0 … count − 1] (i32). */
export function squaredReset(
  agent: usize,
  target: usize,
  tick: usize,
  draws: usize,
  streams: usize,
  purpose: u32,
  key0: u32,
  key1: u32,
  first: usize,
  list: usize,
  count: usize,
): void {
  for (let k: usize = 0; k < count; k++) {
    const i = first + <usize>load<u32>(list + (k << 2));
    openStream(i, draws, streams, purpose, key0, key1);
    const drawn = integer(0, <i32>CELLS - 1);
    store<i32>(agent + (i << 2), CENTER);
    store<i32>(target + (i << 2), drawn + <i32>(drawn >= CENTER));
    store<i32>(tick + (i << 2), 0);
  }
}
