import type { Backend } from '../../lib/engine/tensorflow/backends.ts';
import type { Meter, Unit } from '../meter.ts';
import type { Phase } from '../phases.ts';

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
  /** The same on TensorFlow.js; absent: there is no such thing. @param backend absent: the best that works here */
  onDevice?(options: OpenOptions, backend?: Backend): Promise<OpenWorkload>;
  /** Where the time goes on one thread, measured for so long. */
  phases?(options: { readonly deterministic: boolean }, meter: Meter, milliseconds: number): Promise<Phase[]>;
}

export interface OpenWorkload {
  /** What it runs on, and the adapter and driver of that, where they are told; absent: the wasm engine. */
  readonly engine?: string;
  readonly adapter?: string;
  readonly unit: Unit;
  /** What else there is to say once it has been measured. */
  note?(samplesPerSecond: number): string;
  close?(): void;
}
