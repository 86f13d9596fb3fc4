import { platform } from '../lib/platform.ts';

/** What a phase has cost so far. */
export interface Lap {
  /** Milliseconds, without those of the phases that it called. */
  milliseconds: number;
  calls: number;
  flops: number;
}

// biome-ignore lint/suspicious/noExplicitAny: any function can be timed
type Timed = (...args: any[]) => any;

/** Calls by which the watch's own cost is measured, and how often. */
const CALLS = 200;
const ROUNDS = 200;

/** Tells the time of functions apart that call each other, its own cost taken off. */
export class Stopwatch {
  readonly #laps = new Map<string, Lap & { callees: number }>();
  readonly #now: () => number;
  readonly #rest = { milliseconds: 0, calls: 0, flops: 0, callees: 0 };
  #current = this.#rest;
  #since = 0;
  /** Milliseconds of a call's timing that its own phase sees, and those that its caller sees. */
  #inside = 0;
  #outside = 0;

  /** @param now reads a clock, in milliseconds */
  constructor(now: () => number = platform.now) {
    this.#now = now;
    const nothing = this.wrap(
      () => 'nothing',
      () => {},
    );
    let [inside, outside] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    // The least of many rounds: others on the machine only add to it.
    for (let round = 0; round < ROUNDS; round++) {
      this.reset();
      for (let i = 0; i < CALLS; i++) nothing();
      this.#switch(this.#rest);
      inside = Math.min(inside, this.#lap('nothing').milliseconds / CALLS);
      // Before each call, and after the last.
      outside = Math.min(outside, this.#rest.milliseconds / (CALLS + 1));
    }
    [this.#inside, this.#outside] = [inside, outside];
    this.#laps.clear();
    this.reset();
  }

  /**
   * The same function, timed.
   *
   * @param phase whose time it is, by its arguments
   * @param flops how many floating-point operations it does, by its arguments
   */
  wrap<F extends Timed>(
    phase: (args: Parameters<F>) => string,
    timed: F,
    flops: (args: Parameters<F>) => number = () => 0,
  ): F {
    const call = (...args: Parameters<F>) => {
      const caller = this.#current;
      const lap = this.#lap(phase(args));
      caller.callees++;
      lap.calls++;
      lap.flops += flops(args);
      this.#switch(lap);
      const result = timed(...args);
      this.#switch(caller);
      return result;
    };
    return call as F;
  }

  /** What the phases have cost since the last reset; '' is what was in none of them. */
  get laps(): ReadonlyMap<string, Lap> {
    this.#switch(this.#current);
    const all = [...this.#laps, ['', this.#rest] as const].map(
      ([phase, { milliseconds, callees, ...lap }]) => {
        const own = milliseconds - lap.calls * this.#inside - callees * this.#outside;
        return [phase, { ...lap, milliseconds: Math.max(0, own) }] as const;
      },
    );
    return new Map(all);
  }

  reset(): void {
    for (const lap of [this.#rest, ...this.#laps.values()])
      Object.assign(lap, { milliseconds: 0, calls: 0, flops: 0, callees: 0 });
    this.#since = this.#now();
  }

  #lap(phase: string) {
    let lap = this.#laps.get(phase);
    if (!lap) {
      lap = { milliseconds: 0, calls: 0, flops: 0, callees: 0 };
      this.#laps.set(phase, lap);
    }
    return lap;
  }

  /** Books the time since the last switch, and goes on in another phase. */
  #switch(to: Lap & { callees: number }): void {
    const now = this.#now();
    this.#current.milliseconds += now - this.#since;
    this.#since = now;
    this.#current = to;
  }
}
