import { loadLanes } from './lanes';
import { madd } from './layout';
import { addSquares } from './optimizer';

/**
 * Momentum as Nesterov has it, for n floats: b ← μ b + g, update = g + μ b, with g = scale · gradient.
 *
 * @param n a multiple of 4
 */
export function nesterov(
  gradients: usize,
  momentum: usize,
  update: usize,
  n: i32,
  scale: f64,
  mu: f64,
): void {
  const scales = f32x4.splat(<f32>scale);
  const keep = f32x4.splat(<f32>mu);
  const end = <usize>n << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const g = f32x4.mul(v128.load(gradients + i), scales);
    const b = madd(keep, v128.load(momentum + i), g);
    v128.store(momentum + i, b);
    v128.store(update + i, madd(keep, b, g));
  }
}

/** w ← w − η · update, for n floats, a multiple of 4. */
export function descend(weights: usize, update: usize, n: i32, learningRate: f64): void {
  const step = f32x4.splat(<f32>-learningRate);
  const end = <usize>n << 2;
  for (let i: usize = 0; i < end; i += 16) {
    v128.store(weights + i, madd(step, v128.load(update + i), v128.load(weights + i)));
  }
}

// The matrices that `orthogonalize` works on have their short side as columns: `long` rows of `short` floats, padded with
// zeros to multiples of 4 and 8, and 8 floats more from row to row, which keeps a column out of a single cache set.

// @ts-ignore: decorator
@inline
function width(short: i32): i32 {
  return (short + 7) & -8;
}

// @ts-ignore: decorator
@inline
function height(long: i32): i32 {
  return (long + 3) & -4;
}

// @ts-ignore: decorator
@inline
function pitchOf(short: i32): usize {
  return (<usize>width(short) + 8) << 2;
}

/** Floats of scratch that `orthogonalize` needs. */
export function orthogonalizeRoom(rows: i32, columns: i32): i32 {
  const short = min(rows, columns);
  const tall = height(max(rows, columns));
  // The matrix twice, its Gram matrix, a polynomial of that, and a panel.
  return (2 * tall + 2 * width(short)) * (width(short) + 8) + 4 * max(tall, width(short));
}

/** Transposes 4 × 4 floats. */
// @ts-ignore: decorator
@inline
function transpose(from: usize, pitch: usize, to: usize, toPitch: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + pitch);
  const c = v128.load(from + 2 * pitch);
  const d = v128.load(from + 3 * pitch);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(to + toPitch, v128.shuffle<i64>(ab, cd, 1, 3));
  v128.store(to + 2 * toPitch, v128.shuffle<i64>(ab2, cd2, 0, 2));
  v128.store(to + 3 * toPitch, v128.shuffle<i64>(ab2, cd2, 1, 3));
}

/** out [4, 8] = Σ panel[k][row] · right[k][column] over n rows of right. */
function tile(panel: usize, right: usize, pitch: usize, n: i32, out: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  const end = panel + (<usize>n << 4);
  do {
    const x0 = v128.load(right);
    const x1 = v128.load(right, 16);
    let w = v128.load32_splat(panel);
    a0 = madd(x0, w, a0);
    a1 = madd(x1, w, a1);
    w = v128.load32_splat(panel, 4);
    b0 = madd(x0, w, b0);
    b1 = madd(x1, w, b1);
    w = v128.load32_splat(panel, 8);
    c0 = madd(x0, w, c0);
    c1 = madd(x1, w, c1);
    w = v128.load32_splat(panel, 12);
    d0 = madd(x0, w, d0);
    d1 = madd(x1, w, d1);
    right += pitch;
    panel += 16;
  } while (panel < end);
  v128.store(out, a0);
  v128.store(out, a1, 16);
  out += pitch;
  v128.store(out, b0);
  v128.store(out, b1, 16);
  out += pitch;
  v128.store(out, c0);
  v128.store(out, c1, 16);
  out += pitch;
  v128.store(out, d0);
  v128.store(out, d1, 16);
}

/** out [side, side] = yᵀ y of n rows, on and above the diagonal, in whole tiles. */
function gram(y: usize, out: usize, panel: usize, n: i32, side: i32, pitch: usize): void {
  for (let i = 0; i < side; i += 4) {
    let row = y + (<usize>i << 2);
    for (let k = 0; k < n; k++, row += pitch) v128.store(panel + (<usize>k << 4), v128.load(row));
    const to = out + <usize>i * pitch;
    for (let j = i & -8; j < side; j += 8) tile(panel, y + (<usize>j << 2), pitch, n, to + (<usize>j << 2));
  }
}

/** out [n, side] = y c, for a y of n rows and a c of `side`. */
function product(
  y: usize,
  c: usize,
  out: usize,
  panel: usize,
  n: i32,
  side: i32,
  pitch: usize,
): void {
  for (let i = 0; i < n; i += 4) {
    const rows = <usize>i * pitch;
    for (let k = 0; k < side; k += 4)
      transpose(y + rows + (<usize>k << 2), pitch, panel + (<usize>k << 4), 16);
    for (let j = 0; j < side; j += 8)
      tile(panel, c + (<usize>j << 2), pitch, side, out + rows + (<usize>j << 2));
  }
}

/** Copies what is above the diagonal of [side, side] to below it. */
function mirror(matrix: usize, side: i32, pitch: usize): void {
  for (let i = 0; i < side; i += 4) {
    for (let j = i + 4; j < side; j += 4) {
      const across = <usize>i * pitch + (<usize>j << 2);
      transpose(matrix + across, pitch, matrix + <usize>j * pitch + (<usize>i << 2), pitch);
    }
  }
}

/** One step y ← y (a + b yᵀy + c (yᵀy)²), of which `next` receives the result. */
function newtonSchulz(
  y: usize,
  next: usize,
  squares: usize,
  polynomial: usize,
  panel: usize,
  long: i32,
  side: i32,
  pitch: usize,
  a: f32,
  b: f32,
  c: f32,
): void {
  gram(y, squares, panel, long, side, pitch);
  mirror(squares, side, pitch);
  // The Gram matrix is symmetric: its own is its square.
  gram(squares, polynomial, panel, side, side, pitch);
  const bytes = <usize>side * pitch;
  const linear = f32x4.splat(b);
  const quadratic = f32x4.splat(c);
  for (let i: usize = 0; i < bytes; i += 16) {
    const square = f32x4.mul(linear, v128.load(squares + i));
    v128.store(polynomial + i, madd(quadratic, v128.load(polynomial + i), square));
  }
  for (let i: usize = 0; i < bytes; i += pitch + 4) {
    store<f32>(polynomial + i, load<f32>(polynomial + i) + a);
  }
  mirror(polynomial, side, pitch);
  product(y, polynomial, next, panel, long, side, pitch);
}

/** Σ x² of a matrix's elements, in float64. */
function squaredNorm(matrix: usize, rows: i32, columns: i32, pitch: usize): f64 {
  let sum = f64x2.splat(0);
  for (let row = 0; row < rows; row++, matrix += pitch) {
    for (let j = 0; j < columns; j += 4) {
      sum = addSquares(sum, loadLanes(matrix + (<usize>j << 2), columns - j));
    }
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/**
 * Muon's update: makes the singular values of a matrix about 1, in place, by five Newton–Schulz steps with coefficients
 * of their own, and multiplies by √max(1, rows / columns).
 *
 *   X ← X / max(‖X‖, 10⁻⁷),  X ← (a + b X Xᵀ + c (X Xᵀ)²) X
 *
 * It works on the shorter side. Floats between the rows are left alone.
 *
 * @param pitch floats from row to row
 * @param scratch orthogonalizeRoom(rows, columns) floats, 16-byte aligned
 * @see arXiv:2502.16982; coefficients as in PufferLib 4.0; reference data: spec/golden/ppo_loss.json
 */
export function orthogonalize(matrix: usize, rows: i32, columns: i32, pitch: i32, scratch: usize): void {
  const bytes = <usize>pitch << 2;
  const isTall = rows >= columns;
  const long = height(max(rows, columns));
  const side = width(min(rows, columns));
  const stride = pitchOf(min(rows, columns));
  let y = scratch;
  let next = y + <usize>long * stride;
  const squares = next + <usize>long * stride;
  const polynomial = squares + <usize>side * stride;
  const panel = polynomial + <usize>side * stride;

  const norm = sqrt<f64>(squaredNorm(matrix, rows, columns, bytes));
  const inverse = <f32>(1 / max<f64>(norm, 1e-7));
  memory.fill(y, 0, <usize>long * stride);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = isTall ? <usize>i * stride + (<usize>j << 2) : <usize>j * stride + (<usize>i << 2);
      store<f32>(y + at, load<f32>(matrix + <usize>i * bytes + (<usize>j << 2)) * inverse);
    }
  }
  for (let step = 0; step < 5; step++) {
    let a: f32 = 4.0848;
    let b: f32 = -6.8946;
    let c: f32 = 2.9270;
    if (step == 1) {
      a = 3.9505;
      b = -6.3029;
      c = 2.6377;
    } else if (step == 2) {
      a = 3.7418;
      b = -5.5913;
      c = 2.3037;
    } else if (step == 3) {
      a = 2.8769;
      b = -3.1427;
      c = 1.2046;
    } else if (step == 4) {
      a = 2.8366;
      b = -3.0525;
      c = 1.2012;
    }
    newtonSchulz(y, next, squares, polynomial, panel, long, side, stride, a, b, c);
    const done = y;
    y = next;
    next = done;
  }
  const scale = <f32>sqrt<f64>(max<f64>(1, <f64>rows / <f64>columns));
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = isTall ? <usize>i * stride + (<usize>j << 2) : <usize>j * stride + (<usize>i << 2);
      store<f32>(matrix + <usize>i * bytes + (<usize>j << 2), load<f32>(y + at) * scale);
    }
  }
}
