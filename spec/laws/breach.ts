import { brief, type Log } from './log.ts';

/** Where a law does not hold; what is known of it. */
export interface Place {
  /** Steps since the play began; 0: what the reset showed. */
  readonly step?: number;
  readonly world?: number;
  /** `observation[3]` */
  readonly field?: string;
  readonly expected?: unknown;
  readonly got?: unknown;
}

/** A case in which a law does not hold. */
export class Breach extends Error {
  override name = 'Breach';
  readonly place: Place;
  /** What had been done. */
  log: Log | undefined;

  /** @param problem what is wrong, where that is not a difference between `expected` and `got` */
  constructor(place: Place, problem?: string) {
    const { step, world, field, expected, got } = place;
    const where = [
      ...(step === undefined ? [] : [`step ${step}`]),
      ...(world === undefined ? [] : [`world ${world}`]),
      ...(field ? [field] : []),
    ].join(', ');
    const what = problem ?? `expected ${brief(expected)}, got ${brief(got)}`;
    super(where ? `${where}: ${what}` : what);
    this.place = place;
  }
}

interface Details {
  readonly law: string;
  readonly says: string;
  readonly reason: string;
  readonly seed: number;
  readonly runs: number;
  readonly path?: string;
  readonly shrinks?: number;
  readonly instance?: unknown;
  readonly breach?: Breach;
  readonly cause?: unknown;
  readonly unasked?: boolean;
}

/** A law does not hold: the counterexample, as small as it could be made, and what repeats it. */
export class LawError extends Error {
  override name = 'LawError';
  readonly law: string;
  /** What is wrong, and where, in a line. */
  readonly reason: string;
  /** The case, as it was drawn. */
  readonly instance: unknown;
  readonly place: Place;
  /** The case and what was done in it, for a reader. */
  readonly story: readonly string[];
  /** The search is repeated with `seed`, the case alone with `path` too. */
  readonly seed: number;
  readonly path: string | undefined;
  /** The law could not be asked: the env broke before. */
  readonly unasked: boolean;

  constructor(details: Details) {
    const {
      law,
      says,
      reason,
      seed,
      runs,
      path,
      shrinks,
      instance,
      breach,
      cause,
      unasked = false,
    } = details;
    const facts = instance === undefined ? [] : [factsOf(instance)];
    const story = unasked ? [] : [...facts, ...(breach?.log?.lines ?? [])];
    const again = JSON.stringify({ seed, path });
    const found = `found in case ${runs}, shrunk ${shrinks} times; run this law again with ${again}`;
    const lines = unasked ? [reason] : [...story, reason, found];
    super([`law ${law}: ${says}`, ...lines.map((line) => `  ${line}`)].join('\n'), { cause });
    this.law = law;
    this.reason = reason;
    this.instance = instance;
    this.place = breach?.place ?? {};
    this.story = story;
    this.seed = seed;
    this.path = path;
    this.unasked = unasked;
  }
}

/** A case in a line: `seed 3, worlds 2, steps 17`. Tapes are told by the actions that were made of them. */
function factsOf(instance: unknown): string {
  if (typeof instance !== 'object' || instance === null || Array.isArray(instance)) return brief(instance);
  return Object.entries(instance)
    .filter(([name, value]) => name !== 'tape' && !(name === 'cut' && value === 0))
    .map(([name, value]) => (name === 'tapes' ? `worlds ${value.length}` : `${name} ${brief(value)}`))
    .join(', ');
}
