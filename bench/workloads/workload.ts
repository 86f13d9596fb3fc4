import type { Unit } from '../meter.ts';

export interface OpenOptions {
  /** The kernels whose bits are the same on every machine. */
  readonly deterministic: boolean;
}

/** Something to measure, under a name of BASELINES.md's. */
export interface Workload {
  readonly name: string;
  /** Counted floating-point operations of a sample; null: not counted. */
  readonly flops: number | null;
  open(options: OpenOptions): Promise<OpenWorkload> | OpenWorkload;
}

export interface OpenWorkload {
  readonly unit: Unit;
  /** What else there is to say once it has been measured. */
  note?(samplesPerSecond: number): string;
  close?(): void;
}
