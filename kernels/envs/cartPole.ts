import { openStream, uniform } from './random';

// CartPole with the bits of envs/cartPole.ts, which says what it means: the same operations in the same order, two
// worlds at a time in float64, none of them fused.

const GRAVITY: f64 = 9.8;
const POLE_MASS: f64 = 0.1;
const TOTAL_MASS: f64 = 1.1;
const LENGTH: f64 = 0.5;
const POLE_MASS_LENGTH: f64 = POLE_MASS * LENGTH;
const PER_TOTAL_MASS: f64 = 1 / TOTAL_MASS;
const INERTIA: f64 = (LENGTH * 4) / 3;
const COUPLING: f64 = POLE_MASS_LENGTH / TOTAL_MASS;
const FORCE: f64 = 10;
const TAU: f64 = 0.02;
const X_LIMIT: f64 = 2.4;
const THETA_LIMIT: f64 = (12 * 2 * Math.PI) / 360;

// @ts-ignore: decorator
@inline
function all(x: f64): v128 {
  return f64x2.splat(x);
}

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}

// @ts-ignore: decorator
@inline
function sub(a: v128, b: v128): v128 {
  return f64x2.sub(a, b);
}

// @ts-ignore: decorator
@inline
function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

/** From where on lib/math.ts's sine is no longer the polynomial alone. */
const SINE_LIMIT: f64 = 0.785;

/** lib/math.ts's sine below its limit. */
// @ts-ignore: decorator
@inline
function sin(x: v128): v128 {
  const z = mul(x, x);
  const z2 = mul(z, z);
  const low = add(all(-0.16666666666666666), mul(z, all(0.008333333333330934)));
  const middle = add(all(-0.00019841269836735586), mul(z, all(2.7557316090635477e-6)));
  const high = add(all(-2.505112936290209e-8), mul(z, all(1.5917950583002814e-10)));
  return add(x, mul(mul(x, z), add(low, mul(z2, add(middle, mul(z2, high))))));
}

/** Whether the sines of all angles are the polynomial's. */
function isSmall(theta: usize, from: usize, to: usize): bool {
  const limit = all(SINE_LIMIT);
  let small = i64x2.splat(-1);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const low = f64x2.lt(f64x2.abs(v128.load(theta + (i << 3))), limit);
    const high = f64x2.lt(f64x2.abs(v128.load(theta + (i << 3), 16)), limit);
    small = v128.and(small, v128.and(low, high));
  }
  for (; i < to; i++) small = v128.and(small, f64x2.lt(f64x2.abs(v128.load64_splat(theta + (i << 3))), limit));
  return i64x2.all_true(small);
}

// Of one world or two.
// @ts-ignore: decorator
@inline
function read(column: usize, worlds: i32): v128 {
  return worlds == 2 ? v128.load(column) : v128.load64_zero(column);
}

// @ts-ignore: decorator
@inline
function write(column: usize, values: v128, worlds: i32): void {
  if (worlds == 2) v128.store(column, values);
  else v128.store64_lane(column, values, 0);
}

/** Steps one world or two, from world i on; returns the lanes of those that end. */
// @ts-ignore: decorator
@inline
function move(
  x: usize,
  xDot: usize,
  theta: usize,
  thetaDot: usize,
  actions: usize,
  i: usize,
  worlds: i32,
): v128 {
  const at = i << 3;
  const angle = read(theta + at, worlds);
  const angularVelocity = read(thetaDot + at, worlds);
  const velocity = read(xDot + at, worlds);
  const action = actions + (i << 2);
  // 2 · FORCE · action − FORCE: the action is the sign.
  const right = worlds == 2 ? v128.load_ext<u32>(action) : v128.load32_zero(action);
  const force = v128.xor(all(-FORCE), i64x2.shl(right, 63));
  const sine = sin(angle);
  const cosine = f64x2.sqrt(sub(all(1), mul(sine, sine)));
  const push = mul(
    add(force, mul(mul(all(POLE_MASS_LENGTH), mul(angularVelocity, angularVelocity)), sine)),
    all(PER_TOTAL_MASS),
  );
  const angularAcceleration = f64x2.div(
    sub(mul(all(GRAVITY), sine), mul(cosine, push)),
    sub(all(INERTIA), mul(all(COUPLING), mul(cosine, cosine))),
  );
  const acceleration = sub(push, mul(all(COUPLING), mul(angularAcceleration, cosine)));
  const position = add(read(x + at, worlds), mul(all(TAU), velocity));
  const nextAngle = add(angle, mul(all(TAU), angularVelocity));
  write(x + at, position, worlds);
  write(xDot + at, add(velocity, mul(all(TAU), acceleration)), worlds);
  write(theta + at, nextAngle, worlds);
  write(thetaDot + at, add(angularVelocity, mul(all(TAU), angularAcceleration)), worlds);
  return v128.or(
    f64x2.gt(f64x2.abs(position), all(X_LIMIT)),
    f64x2.gt(f64x2.abs(nextAngle), all(THETA_LIMIT)),
  );
}

/** Steps worlds from … to − 1; or returns false, where an angle is too large for it, and does nothing. */
export function cartPoleStep(
  x: usize,
  xDot: usize,
  theta: usize,
  thetaDot: usize,
  actions: usize,
  rewards: usize,
  terminations: usize,
  from: usize,
  to: usize,
): bool {
  if (!isSmall(theta, from, to)) return false;
  let i = from;
  if (i + 4 <= to) {
    // A do … while, because V8 keeps constants in registers only across loops whose body always runs.
    do {
      const low = move(x, xDot, theta, thetaDot, actions, i, 2);
      const high = move(x, xDot, theta, thetaDot, actions, i + 2, 2);
      v128.store(rewards + (i << 2), f32x4.splat(1));
      const words = v128.shuffle<i32>(low, high, 0, 2, 4, 6);
      const halves = i16x8.narrow_i32x4_s(words, words);
      const ends = v128.and(i8x16.narrow_i16x8_s(halves, halves), i8x16.splat(1));
      v128.store32_lane(terminations + i, ends, 0);
      i += 4;
    } while (i + 4 <= to);
  }
  for (; i < to; i++) {
    const end = move(x, xDot, theta, thetaDot, actions, i, 1);
    store<f32>(rewards + (i << 2), 1);
    store<u8>(terminations + i, <u8>(i32x4.extract_lane(end, 0) & 1));
  }
  return true;
}

/** Writes the states of worlds from … to − 1 as float32, [N, 4]. */
export function cartPoleObserve(
  x: usize,
  xDot: usize,
  theta: usize,
  thetaDot: usize,
  observations: usize,
  from: usize,
  to: usize,
): void {
  let i = from;
  for (; i + 2 <= to; i += 2) {
    const at = i << 3;
    const xs = f32x4.demote_f64x2_zero(v128.load(x + at));
    const xDots = f32x4.demote_f64x2_zero(v128.load(xDot + at));
    const thetas = f32x4.demote_f64x2_zero(v128.load(theta + at));
    const thetaDots = f32x4.demote_f64x2_zero(v128.load(thetaDot + at));
    const cart = v128.shuffle<i32>(xs, xDots, 0, 4, 1, 5);
    const pole = v128.shuffle<i32>(thetas, thetaDots, 0, 4, 1, 5);
    v128.store(observations + (i << 4), v128.shuffle<i64>(cart, pole, 0, 2));
    v128.store(observations + (i << 4), v128.shuffle<i64>(cart, pole, 1, 3), 16);
  }
  if (i < to) {
    const at = i << 3;
    store<f32>(observations + (i << 4), <f32>load<f64>(x + at));
    store<f32>(observations + (i << 4), <f32>load<f64>(xDot + at), 4);
    store<f32>(observations + (i << 4), <f32>load<f64>(theta + at), 8);
    store<f32>(observations + (i << 4), <f32>load<f64>(thetaDot + at), 12);
  }
}

/** Begins new episodes in worlds first + list[0 … count − 1] (i32). */
export function cartPoleReset(
  x: usize,
  xDot: usize,
  theta: usize,
  thetaDot: usize,
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
    store<f64>(x + (i << 3), uniform(-0.05, 0.05));
    store<f64>(xDot + (i << 3), uniform(-0.05, 0.05));
    store<f64>(theta + (i << 3), uniform(-0.05, 0.05));
    store<f64>(thetaDot + (i << 3), uniform(-0.05, 0.05));
  }
}
