import { setTimeout as sleep } from 'node:timers/promises';
import { instantiate, type KernelBuild, type Kernels } from '../lib/engine/wasm/kernels.ts';
import { platform } from '../lib/platform.ts';

/** Does one unit of work; returns how many samples that was. */
export type Unit = () => number | Promise<number>;

export interface Measurement {
  /** Median of the repeats. */
  readonly samplesPerSecond: number;
  /** The slowest and the fastest repeat. */
  readonly spread: readonly [min: number, max: number];
  /** Samples a second of each repeat. */
  readonly speeds: readonly number[];
  /** Median of the repeats: the peak kernel, run between the slices of work. */
  readonly peakGflops: number;
}

export interface Patience {
  readonly repeats: number;
  /** Milliseconds of a repeat, and of the warming up before the first. */
  readonly repeatTime: number;
  readonly warmUpTime: number;
}

/** Milliseconds of work between two looks at the peak, unless one unit takes longer. */
const SLICE = 2;
const PEAK_SLICE = 1;

/**
 * Measures work against the machine's 128-bit peak. Slices of work and of the peak kernel alternate, so that both see
 * the same clock and the same neighbours; a repeat's figure is the median of its slices.
 */
export class Meter {
  readonly build: KernelBuild;
  readonly #kernels: Kernels;
  readonly #rounds: number;
  readonly #roundFlops: number;
  readonly #patience: Patience;

  private constructor(build: KernelBuild, patience: Patience) {
    this.build = build;
    this.#patience = patience;
    this.#kernels = instantiate(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }), build);
    // Every sum converges to 1, so the result counts the sums: a multiply and an add each.
    this.#roundFlops = 2 * Math.round(this.#kernels.peak(1000));
    // Some 50 GFLOP/s.
    this.#rounds = Math.ceil((PEAK_SLICE * 5e7) / this.#roundFlops);
  }

  /** A meter whose peak kernel has been compiled for good. */
  static async open(build: KernelBuild, patience: Patience): Promise<Meter> {
    const meter = new Meter(build, patience);
    for (let i = 0; i < 20; i++) {
      meter.peak();
      // V8 compiles in the background and takes the result over between calls.
      await sleep(1);
    }
    return meter;
  }

  /** Measures units of work side by side: their slices take turns, too. */
  async measure(units: readonly Unit[]): Promise<Measurement[]> {
    const { repeats, repeatTime, warmUpTime } = this.#patience;
    const counts: number[] = [];
    for (const unit of units) {
      let count = 1;
      for (const until = platform.now() + warmUpTime; platform.now() < until; ) {
        const { time } = await this.#slice(unit, count);
        if (time < SLICE / 2) count *= 2;
        await sleep(0);
      }
      counts.push(count);
    }
    const speeds = units.map((): number[] => []);
    const peaks = units.map((): number[] => []);
    for (let repeat = 0; repeat < repeats; repeat++) {
      const slices = units.map((): number[] => []);
      const peakSlices = units.map((): number[] => []);
      const until = platform.now() + units.length * repeatTime;
      for (let round = 0; round === 0 || platform.now() < until; round++) {
        for (let k = 0; k < units.length; k++) {
          // None is always the one that comes after the same other.
          const u = round % 2 === 0 ? k : units.length - 1 - k;
          peakSlices[u].push(this.peak());
          const { samples, time } = await this.#slice(units[u], counts[u]);
          slices[u].push((1000 * samples) / time);
        }
      }
      for (let u = 0; u < units.length; u++) {
        speeds[u].push(median(slices[u]));
        peaks[u].push(median(peakSlices[u]));
      }
    }
    return speeds.map((all, u) => ({
      samplesPerSecond: median(all),
      spread: [Math.min(...all), Math.max(...all)],
      speeds: all,
      peakGflops: median(peaks[u]),
    }));
  }

  async #slice(unit: Unit, units: number): Promise<{ samples: number; time: number }> {
    let samples = 0;
    const began = platform.now();
    for (let i = 0; i < units; i++) {
      const count = unit();
      samples += typeof count === 'number' ? count : await count;
    }
    return { samples, time: platform.now() - began };
  }

  /** GFLOP/s of the peak kernel now. */
  peak(): number {
    const began = platform.now();
    this.#kernels.peak(this.#rounds);
    return (this.#rounds * this.#roundFlops) / (platform.now() - began) / 1e6;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** 1.44M, 732k, 95.1 */
export function rate(value: number): string {
  if (value >= 1e7) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)}M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)}k`;
  return value >= 1e3 ? `${(value / 1e3).toFixed(1)}k` : value.toFixed(1);
}
