import type { Unit } from '../meter.ts';

export interface OpenOptions {
  /** The kernels whose bits are the same on every machine. */
  readonly deterministic: boolean;
  /** Threads that share the work, the calling one included; more than one only where the workload is `parallel`. */
  readonly threads: number;
}

/** Something to measure, under a name of BASELINES.md's. */
export interface Workload {
  readonly name: string;
  /** Counted floating-point operations of a sample; null: not counted. */
  readonly flops: number | null;
  /** Whether threads can share it. */
  readonly parallel?: boolean;
  open(options: OpenOptions): Promise<OpenWorkload> | OpenWorkload;
}

export interface OpenWorkload {
  readonly unit: Unit;
  /** What else there is to say once it has been measured. */
  note?(samplesPerSecond: number): string;
  close?(): void;
}
