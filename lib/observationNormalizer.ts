import type { Arena, Column, ColumnSpecs, Columns } from './arena.ts';
import type { KernelLayout } from './engine/wasm/kernels.ts';
import { ObservationReader, type ReaderOptions } from './engine/wasm/observationReader.ts';
import type { Saved, Stateful } from './nouns.ts';
import { RunningMoments } from './runningMoments.ts';

/** Added to variances. */
const EPSILON = 1e-8;

/** What is subtracted from observations, and what they are multiplied by then: [inputs] each. */
export interface NormalColumns {
  readonly means: Float32Array;
  readonly scales: Float32Array;
}

/**
 * What a network reads, shifted and scaled to mean 0 and variance 1 by what has been seen: (x − mean) / √(variance + 1e-8),
 * cut to ±10. Statistics stand still until `settle`, so that all of an iteration sees the same.
 *
 * Threads that are to normalise make one each, over the same columns; one of them gathers the statistics.
 */
export class ObservationNormalizer implements Stateful {
  /** Sees nothing new: for evaluation. */
  frozen = false;
  readonly #moments: RunningMoments;
  /** Of what has been added since `settle`. */
  readonly #pending: RunningMoments;
  readonly #options: ReaderOptions;
  readonly #arena: Arena;
  readonly #normal: NormalColumns;
  readonly #reader: ObservationReader;
  readonly #columns: Columns<ReturnType<typeof ObservationNormalizer.columns>>;

  /** The columns that an arena must have room for. */
  static columns(options: ReaderOptions, kernels: KernelLayout) {
    const { inputs } = options;
    const padded = Math.ceil(inputs / kernels.rows()) * kernels.rows();
    return {
      ...ObservationReader.columns(options),
      batchMeans: ['f64', inputs],
      batchVariances: ['f64', inputs],
      block: ['f32', padded * kernels.stride()],
    } as const satisfies ColumnSpecs;
  }

  /** @param normal what networks normalise by, which `settle` writes: f32 [inputs] in the arena */
  constructor(options: ReaderOptions, arena: Arena, normal: NormalColumns) {
    this.#options = options;
    this.#normal = normal;
    this.#arena = arena;
    this.#columns = arena.take(ObservationNormalizer.columns(options, arena.kernels));
    this.#reader = new ObservationReader(options, arena.kernels, this.#columns.program);
    this.#moments = new RunningMoments(options.inputs);
    this.#pending = new RunningMoments(options.inputs, 0);
    if (arena.isOriginal) this.#write();
  }

  /** Mean and variance of every input, as they have been settled. */
  get moments(): Pick<RunningMoments, 'mean' | 'variance' | 'count'> {
    return this.#moments;
  }

  /**
   * Adds the observations of `indices`, both being columns of the arena, to what `settle` will take on; does nothing while
   * frozen. Groups of `block()` rows are merged in order: who collected them, and with how many others, changes nothing.
   */
  add(observations: Column, indices: Uint32Array): void {
    if (this.frozen) return;
    const { kernels } = this.#arena;
    const { block, batchMeans, batchVariances } = this.#columns;
    const size = kernels.block();
    for (let k = 0; k < indices.length; k += size) {
      const n = Math.min(size, indices.length - k);
      this.#reader.read(observations, 0, indices.byteOffset + 4 * k, n, block.byteOffset);
      kernels.blockMoments(
        block.byteOffset,
        this.#options.inputs,
        n,
        batchMeans.byteOffset,
        batchVariances.byteOffset,
      );
      this.#pending.merge(batchMeans, batchVariances, n);
    }
  }

  /** Takes on what has been added, unless it is not finite: from now on it counts. */
  settle(): void {
    const { mean, variance, count } = this.#pending;
    if (count === 0) return;
    if (variance.every(Number.isFinite)) this.#moments.merge(mean, variance, count);
    this.discard();
    this.#write();
  }

  /** Forgets what has been added and not settled. */
  discard(): void {
    this.#pending.clear();
  }

  /** With all that has been added, settled or not: who saves, saves between iterations. */
  save(): Saved {
    const { mean, variance, count } = this.#pending;
    const settled = new RunningMoments(this.#options.inputs);
    settled.set(this.#moments);
    settled.merge(mean, variance, count);
    return settled.save();
  }

  load(saved: Saved): void {
    this.#moments.load(saved);
    this.discard();
    this.#write();
  }

  /** Writes what the kernel reads. */
  #write(): void {
    const { means, scales } = this.#normal;
    const { mean, variance } = this.#moments;
    means.set(mean);
    for (let i = 0; i < scales.length; i++) scales[i] = 1 / Math.sqrt(variance[i] + EPSILON);
  }
}
