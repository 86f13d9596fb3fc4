import { activateRows } from './dense';
import { sumLanes } from './lanes';
import { madd, PITCH, span } from './layout';
import { nmadd } from './math';

/** What keeps the deviation of equal features from 0. */
const EPSILON: f32 = 1e-5;

// Samples side by side, 8 at a time: sums over features are sums of whole registers.

/** Writes the mean of a sample's features and 1 / deviation to a block of 2 features. */
function writeStatistics(x: usize, statistics: usize, features: i32, bytes: usize): void {
  const fraction = f32x4.splat(<f32>1 / <f32>features);
  const end = <usize>features * PITCH;
  for (const last = x + bytes; x < last; x += 32, statistics += 32) {
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    for (let row = x; row < x + end; row += PITCH) {
      sum0 = f32x4.add(sum0, v128.load(row));
      sum1 = f32x4.add(sum1, v128.load(row, 16));
    }
    let mean0 = f32x4.mul(sum0, fraction);
    let mean1 = f32x4.mul(sum1, fraction);
    // Deviations from the mean, as E x² − (E x)² loses what is small against x; their own mean is what the sum's rounding
    // has cost the first one.
    sum0 = f32x4.splat(0);
    sum1 = f32x4.splat(0);
    let square0 = f32x4.splat(0);
    let square1 = f32x4.splat(0);
    for (let row = x; row < x + end; row += PITCH) {
      const d0 = f32x4.sub(v128.load(row), mean0);
      const d1 = f32x4.sub(v128.load(row, 16), mean1);
      sum0 = f32x4.add(sum0, d0);
      sum1 = f32x4.add(sum1, d1);
      square0 = madd(d0, d0, square0);
      square1 = madd(d1, d1, square1);
    }
    const rest0 = f32x4.mul(sum0, fraction);
    const rest1 = f32x4.mul(sum1, fraction);
    mean0 = f32x4.add(mean0, rest0);
    mean1 = f32x4.add(mean1, rest1);
    const variance0 = nmadd(rest0, rest0, f32x4.mul(square0, fraction));
    const variance1 = nmadd(rest1, rest1, f32x4.mul(square1, fraction));
    const one = f32x4.splat(1);
    const epsilon = f32x4.splat(EPSILON);
    v128.store(statistics, mean0);
    v128.store(statistics, mean1, 16);
    v128.store(statistics, f32x4.div(one, f32x4.sqrt(f32x4.add(variance0, epsilon))), PITCH);
    v128.store(statistics, f32x4.div(one, f32x4.sqrt(f32x4.add(variance1, epsilon))), PITCH + 16);
  }
}

/** (x − mean) / deviation. */
// @ts-ignore: decorator
@inline
function normalized(x: usize, statistics: usize): v128 {
  return f32x4.mul(f32x4.sub(v128.load(x), v128.load(statistics)), v128.load(statistics, PITCH));
}

/** y = act(g ⊙ (x − mean) / deviation + b). */
export function layerNormForward(
  x: usize,
  gain: usize,
  bias: usize,
  y: usize,
  slopes: usize,
  statistics: usize,
  features: i32,
  n: i32,
  activation: i32,
): void {
  const bytes = span(n);
  writeStatistics(x, statistics, features, bytes);
  for (let feature = 0; feature < features; feature++) {
    const row = <usize>feature * PITCH;
    const g = v128.load32_splat(gain + (<usize>feature << 2));
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(y + row + at, f32x4.mul(normalized(x + row + at, statistics + at), g));
    }
  }
  activateRows(y, bias, slopes ? slopes - y : 0, features, bytes, activation);
}

/** dg += Σ dy ⊙ (x − mean) / deviation and db += Σ dy over the samples. */
export function layerNormBackwardWeights(
  x: usize,
  statistics: usize,
  dy: usize,
  dGain: usize,
  dBias: usize,
  features: i32,
  n: i32,
): void {
  const bytes = span(n);
  for (let feature = 0; feature < features; feature++, dGain += 4, dBias += 4) {
    const row = <usize>feature * PITCH;
    let gain = f32x4.splat(0);
    let bias = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      const g = v128.load(dy + row + at);
      gain = madd(g, normalized(x + row + at, statistics + at), gain);
      bias = f32x4.add(bias, g);
    }
    store<f32>(dGain, load<f32>(dGain) + <f32>sumLanes(gain));
    store<f32>(dBias, load<f32>(dBias) + <f32>sumLanes(bias));
  }
}

/** dx = (d − mean d − x̂ ⊙ mean (d ⊙ x̂)) / deviation, with d = g ⊙ dy and x̂ = (x − mean) / deviation. */
export function layerNormBackwardInput(
  x: usize,
  statistics: usize,
  gain: usize,
  dy: usize,
  dx: usize,
  features: i32,
  n: i32,
): void {
  const fraction = f32x4.splat(<f32>1 / <f32>features);
  const end = <usize>features * PITCH;
  for (const last = x + span(n); x < last; x += 16, dy += 16, dx += 16, statistics += 16) {
    let sum = f32x4.splat(0);
    let product = f32x4.splat(0);
    let g = gain;
    for (let row: usize = 0; row < end; row += PITCH, g += 4) {
      const d = f32x4.mul(v128.load(dy + row), v128.load32_splat(g));
      sum = f32x4.add(sum, d);
      product = madd(d, normalized(x + row, statistics), product);
    }
    const mean = f32x4.mul(sum, fraction);
    const slope = f32x4.mul(product, fraction);
    const scale = v128.load(statistics, PITCH);
    g = gain;
    for (let row: usize = 0; row < end; row += PITCH, g += 4) {
      const d = f32x4.mul(v128.load(dy + row), v128.load32_splat(g));
      const rest = nmadd(slope, normalized(x + row, statistics), f32x4.sub(d, mean));
      v128.store(dx + row, f32x4.mul(rest, scale));
    }
  }
}
