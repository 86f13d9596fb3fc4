import type { Arena, ColumnSpecs, Columns } from '../../arena.ts';
import { CheckpointError } from '../../errors.ts';
import type { Saved, Stateful } from '../../nouns.ts';
import { checkFinite, checkNames, checkTensors, prefixed, savedCount, unprefixed } from '../../restore.ts';
import type { KernelLayout } from './kernels.ts';
import { assignTensors, type Segment, tensorsOf } from './parameters.ts';

export interface OptimizerConfig {
  /** `adamw` is Adam with decay of the weights apart from the gradient. */
  readonly kind: 'adam' | 'adamw' | 'muon';
  /** How much is kept of the mean of gradients, in [0, 1); Muon's momentum. */
  readonly beta1: number;
  /** Adam: the same of the mean of squares. */
  readonly beta2: number;
  /** Adam: added to what a step is divided by. */
  readonly eps: number;
  /** λ: each step begins with w ← w (1 − ηλ); 0 for `adam`. */
  readonly weightDecay: number;
}

/**
 * Moves parameters against their gradients, and remembers what it needs for that.
 *
 * Muon: b ← μ b + g, u = g + μ b, w ← w − η u, where u of a matrix is orthogonalized (`kernels.orthogonalize`) and that of
 * a vector is taken as it is. A tensor of more than two dimensions is a matrix of its first by all others.
 *
 * @see arXiv:1412.6980 (Adam), arXiv:1711.05101 (AdamW), arXiv:2502.16982 (Muon); in PyTorch's forms, Muon in PufferLib 4.0's
 */
export class Optimizer implements Stateful {
  readonly #arena: Arena;
  readonly #parameters: Float32Array;
  readonly #segments: readonly Segment[];
  readonly #config: OptimizerConfig;
  readonly #columns: Columns<ReturnType<typeof Optimizer.columns>>;
  #updates = 0;

  /** The columns that an arena must have room for, for a parameter vector of `size` floats. */
  static columns(
    kind: OptimizerConfig['kind'],
    size: number,
    segments: readonly Segment[],
    kernels: KernelLayout,
  ) {
    const isMuon = kind === 'muon';
    const rooms = segments
      .filter(isMatrix)
      .map((segment) => kernels.orthogonalizeRoom(segment.rows, widthOf(segment)));
    return {
      m: ['f32', size],
      v: ['f32', isMuon ? 0 : size],
      update: ['f32', isMuon ? size : 0],
      scratch: ['f32', isMuon ? Math.max(0, ...rooms) : 0],
    } as const satisfies ColumnSpecs;
  }

  /** @throws RangeError unless the betas are in [0, 1), eps is positive, and weightDecay not negative, or 0 for `adam` */
  constructor(arena: Arena, parameters: Float32Array, segments: readonly Segment[], config: OptimizerConfig) {
    checkOptimizer(config);
    this.#arena = arena;
    this.#parameters = parameters;
    this.#segments = segments;
    this.#config = config;
    this.#columns = arena.take(Optimizer.columns(config.kind, parameters.length, segments, arena.kernels));
  }

  /** Steps taken. */
  get updates(): number {
    return this.#updates;
  }

  /** One step by `scale` times the gradients, a vector like the parameters. @param gradients pointer */
  step(gradients: number, scale: number, learningRate: number): void {
    const { kind, weightDecay } = this.#config;
    const { kernels } = this.#arena;
    const { byteOffset, length } = this.#parameters;
    this.#updates++;
    if (weightDecay > 0) kernels.shrink(byteOffset, length, 1 - learningRate * weightDecay);
    if (kind === 'muon') this.#muon(gradients, scale, learningRate);
    else this.#adam(gradients, scale, learningRate);
  }

  #adam(gradients: number, scale: number, learningRate: number): void {
    const { beta1, beta2, eps } = this.#config;
    const { m, v } = this.#columns;
    const { byteOffset, length } = this.#parameters;
    this.#arena.kernels.adam(
      byteOffset,
      gradients,
      m.byteOffset,
      v.byteOffset,
      length,
      scale,
      learningRate,
      beta1,
      beta2,
      eps,
      1 - power(beta1, this.#updates),
      1 - power(beta2, this.#updates),
    );
  }

  #muon(gradients: number, scale: number, learningRate: number): void {
    const { kernels } = this.#arena;
    const { m, update, scratch } = this.#columns;
    const { byteOffset, length } = this.#parameters;
    const { beta1 } = this.#config;
    kernels.nesterov(gradients, m.byteOffset, update.byteOffset, length, scale, beta1);
    for (const segment of this.#segments) {
      if (!isMatrix(segment)) continue;
      const { at, rows, pitch } = segment;
      const matrix = update.byteOffset + 4 * at;
      kernels.orthogonalize(matrix, rows, widthOf(segment), pitch, scratch.byteOffset);
    }
    kernels.descend(byteOffset, update.byteOffset, length, learningRate);
  }

  save(): Saved {
    return {
      tensors: Object.assign({}, ...this.#moments.map(([name, column]) => this.#named(name, column))),
      values: { updates: this.#updates },
    };
  }

  load(saved: Saved): void {
    const updates = checkMoments(this.save().tensors, saved, this.#config);
    for (const [name, column] of this.#moments)
      assignTensors(this.#segments, unprefixed(`${name}.`, saved.tensors), column);
    this.#updates = updates;
  }

  /** What it remembers, by name. */
  get #moments(): readonly (readonly [string, Float32Array])[] {
    const { m, v } = this.#columns;
    return this.#config.kind === 'muon'
      ? [['m', m]]
      : [
          ['m', m],
          ['v', v],
        ];
  }

  #named(name: string, column: Float32Array): Saved['tensors'] {
    return prefixed(`${name}.`, tensorsOf(this.#segments, column));
  }
}

/** @throws RangeError unless the betas are in [0, 1), eps is positive, and weightDecay not negative, or 0 for `adam` */
export function checkOptimizer({ kind, beta1, beta2, eps, weightDecay }: OptimizerConfig): void {
  for (const [name, value] of Object.entries({ beta1, beta2 })) {
    if (!(value >= 0 && value < 1))
      throw new RangeError(`Optimizer: ${name} must be in [0, 1), got ${value}`);
  }
  // Padding has no gradient, so m and v are 0: without it, Adam's step would be 0 / 0.
  if (!(Math.fround(eps) > 0))
    throw new RangeError(`Optimizer: eps must be positive as a float32, got ${eps}`);
  if (!(weightDecay >= 0 && (weightDecay === 0 || kind !== 'adam')))
    throw new RangeError(
      `Optimizer: weightDecay must be ${kind === 'adam' ? '0 (adamw has it)' : 'at least 0'}, got ${weightDecay}`,
    );
}

function isMatrix({ shape }: Segment): boolean {
  return shape.length > 1;
}

/** Floats of a row from its first to its last column. */
function widthOf({ columns, order }: Segment): number {
  return order ? order.reduce((most, at) => Math.max(most, at + 1), 0) : columns;
}

/**
 * Checks a saved state of an optimizer.
 *
 * @param expected moments of the names, types and shapes that they must have
 * @returns the steps taken
 * @throws CheckpointError naming what does not fit, or cannot be
 */
export function checkMoments(expected: Saved['tensors'], saved: Saved, config: OptimizerConfig): number {
  checkNames('optimizer', saved.values, ['updates']);
  const updates = savedCount('optimizer', saved, 'updates');
  checkTensors('optimizer', expected, saved.tensors);
  const [means, squares] = ['m.', 'v.'].map((prefix) => unprefixed(prefix, saved.tensors));
  checkFinite('optimizer.m', means);
  checkFinite('optimizer.v', squares, 0);
  if (config.kind !== 'muon') checkBounds(means, squares, config);
  return updates;
}

/**
 * Whether gradients can have had such moments: |m| ≤ c·√v by Cauchy and Schwarz, with c = (1 − β₁) / √((1 − β₂)(1 − β₁²/β₂)).
 * What is more would make steps that no gradient makes.
 *
 * @throws CheckpointError naming the first that cannot be
 */
function checkBounds(
  means: Saved['tensors'],
  squares: Saved['tensors'],
  { beta1, beta2 }: OptimizerConfig,
): void {
  // Then there is no bound: the squares are forgotten sooner than the means.
  if (beta1 ** 2 >= beta2) return;
  const most = (1 - beta1) / Math.sqrt((1 - beta2) * (1 - beta1 ** 2 / beta2));
  for (const [name, { data }] of Object.entries(means)) {
    const v = squares[name].data;
    for (let i = 0; i < data.length; i++) {
      // Room for rounding, and for squares that were too small for a float32.
      if (Math.abs(data[i]) <= 1.01 * most * Math.sqrt(v[i]) + 1e-17) continue;
      throw new CheckpointError(
        `checkpoint: optimizer.m.${name}[${i}]: ${data[i]} cannot be where v is ${v[i]}`,
      );
    }
  }
}

/** base ** exponent by squaring: Math.pow's bits are left to the implementation. */
export function power(base: number, exponent: number): number {
  let result = 1;
  let factor = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= factor;
    factor *= factor;
  }
  return result;
}
