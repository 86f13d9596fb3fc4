import { setTimeout as sleep } from 'node:timers/promises';
import { platform } from '../lib/platform.ts';
import { median, type Patience } from './meter.ts';
import type { OpenOptions } from './workloads/workload.ts';

/** Two forms of the same work, of which ours has to be faster, or not much slower. */
export interface Race {
  readonly name: string;
  /** What the other form is. */
  readonly rival: string;
  /** Our speed over the rival's must be this at least. */
  readonly least: number;
  open(options: Pick<OpenOptions, 'deterministic'>): OpenRace;
}

export interface OpenRace {
  /** What a call does. */
  readonly samples: number;
  ours(): void;
  rival(): void;
  /** Further forms of it that are timed along, by what they are. */
  readonly also?: Readonly<Record<string, () => void>>;
}

export interface RaceResult {
  /** Samples a second of ours: median, slowest and fastest of the repeats. */
  readonly samplesPerSecond: number;
  readonly spread: readonly [min: number, max: number];
  /** Our speed over the rival's. */
  readonly ratio: number;
  /** Samples a second of the further forms. */
  readonly also: Readonly<Record<string, number>>;
}

/** Milliseconds of one form before it is the next one's turn, unless a call takes longer. */
const SLICE = 2;

/** Times the forms in turn, so that all see the same clock and the same neighbours. */
export async function race(
  { samples, ours, rival, also = {} }: OpenRace,
  { repeats, repeatTime, warmUpTime }: Patience,
): Promise<RaceResult> {
  const forms = [ours, rival, ...Object.values(also)];
  const calls = forms.map(() => 1);
  /** Samples a second. */
  const slice = (form: number) => {
    const began = platform.now();
    for (let i = 0; i < calls[form]; i++) forms[form]();
    return (1000 * calls[form] * samples) / (platform.now() - began);
  };
  for (const until = platform.now() + warmUpTime; platform.now() < until; ) {
    for (const form of forms.keys()) calls[form] = Math.ceil((SLICE / 1000) * (slice(form) / samples));
    // V8 compiles in the background and takes the result over between calls.
    await sleep(0);
  }
  const speeds = forms.map((): number[] => []);
  for (let repeat = 0; repeat < repeats; repeat++) {
    const slices = forms.map((): number[] => []);
    for (const until = platform.now() + repeatTime; slices[0].length === 0 || platform.now() < until; )
      for (const form of forms.keys()) slices[form].push(slice(form));
    for (const form of forms.keys()) speeds[form].push(median(slices[form]));
  }
  const [own, other, ...further] = speeds.map(median);
  return {
    samplesPerSecond: own,
    spread: [Math.min(...speeds[0]), Math.max(...speeds[0])],
    ratio: own / other,
    also: Object.fromEntries(Object.keys(also).map((name, k) => [name, further[k]])),
  };
}
