import fc from 'fast-check';
import type { Autoreset } from '../../lib/env/vectorOptions.ts';
import { EnvError } from '../../lib/errors.ts';
import type { Maybe } from '../../lib/nouns.ts';
import { Breach, LawError } from './breach.ts';
import { Log } from './log.ts';
import { closeOpened } from './opened.ts';

export interface LawOptions {
  /** Cases that are tried: 100. */
  readonly runs?: number;
  /** Of the search for cases; by default another one every time. */
  readonly seed?: number;
  /** With the seed, goes straight to the case that a failure named. */
  readonly path?: string;
  /** Steps of the longest play that is tried: 50. */
  readonly steps?: number;
  /** Autoreset modes that are tried: both. */
  readonly autoreset?: readonly Autoreset[];
  /** Told after each case. */
  readonly progress?: (cases: number) => void;
}

/** What the cases are drawn from. */
export type Bounds = Required<Pick<LawOptions, 'steps' | 'autoreset'>>;

/** Something that holds always, for subjects of some kind. */
export interface Law<S> {
  /** Short and without spaces. */
  readonly name: string;
  /** What holds, in a sentence. */
  readonly says: string;
  /** Why the law cannot be asked of a subject, or undefined. */
  skip(subject: S): string | undefined;
  /**
   * Searches for a counterexample and shrinks it.
   *
   * @throws LawError with the counterexample; or, if no case could be played to its end, saying so
   */
  run(subject: S, options?: LawOptions): Maybe<void>;
}

/** A law as it is written down: from which cases it is drawn, and what must hold in each. */
export interface LawText<S, C, R extends Maybe<void> = void> {
  readonly name: string;
  readonly says: string;
  readonly skip?: (subject: S) => string | undefined;
  /** Of how many cases one is tried, for laws whose cases take long: 1. */
  readonly every?: number;
  readonly cases: (subject: S, bounds: Bounds) => fc.Arbitrary<C>;
  /** @throws Breach if the law does not hold; EnvError if the case cannot be played, which another law is about */
  readonly holds: (subject: S, instance: C, log: Log) => R;
}

/** A law that is asked synchronously. */
export function law<S, C>(text: LawText<S, C>): Law<S> & { run(subject: S, options?: LawOptions): void } {
  return {
    ...stated(text),
    run(subject, options = {}) {
      const faults: EnvError[] = [];
      const property = fc.property(text.cases(subject, boundsOf(options)), (instance) => {
        const log = new Log();
        try {
          text.holds(subject, instance, log);
        } catch (error) {
          judge(error, log, faults);
        } finally {
          closeOpened();
        }
        options.progress?.(1);
      });
      conclude(text, fc.check(property, parametersOf<C>(text, options)), faults);
    },
  };
}

/** A law that takes its time. */
export function slowLaw<S, C>(text: LawText<S, C, Promise<void>>): Law<S> {
  return {
    ...stated(text),
    async run(subject, options = {}) {
      const faults: EnvError[] = [];
      const property: fc.IAsyncProperty<[C]> = fc.asyncProperty(
        text.cases(subject, boundsOf(options)),
        async (instance) => {
          const log = new Log();
          try {
            await text.holds(subject, instance, log);
          } catch (error) {
            judge(error, log, faults);
          }
          options.progress?.(1);
        },
      );
      conclude(text, await fc.check(property, parametersOf<C>(text, options)), faults);
    },
  };
}

function stated<S>({ name, says, skip }: Pick<Law<S>, 'name' | 'says'> & Partial<Law<S>>) {
  return { name, says, skip: (subject: S) => skip?.(subject) };
}

function boundsOf({ steps = 50, autoreset = ['NEXT_STEP', 'SAME_STEP'] }: LawOptions): Bounds {
  if (!(Number.isInteger(steps) && steps > 0))
    throw new RangeError(`law: steps must be a positive integer, got ${steps}`);
  return { steps, autoreset };
}

function parametersOf<C>(
  { every = 1 }: { readonly every?: number },
  { runs = 100, seed, path }: LawOptions,
): fc.Parameters<[C]> {
  const numRuns = Math.max(1, Math.round(runs / every));
  return { numRuns, maxSkipsPerRun: 1, ...(seed === undefined ? {} : { seed }), ...(path ? { path } : {}) };
}

/** What was done goes with the breach; a case in which the env fails otherwise says nothing of this law. */
function judge(error: unknown, log: Log, faults: EnvError[]): never {
  if (error instanceof EnvError) {
    faults.push(error);
    fc.pre(false);
  }
  if (error instanceof Breach) error.log = log;
  throw error;
}

function conclude<C>(
  { name, says }: Pick<Law<never>, 'name' | 'says'>,
  details: fc.RunDetails<[C]>,
  faults: readonly EnvError[],
): void {
  const { failed, counterexample, counterexamplePath, seed, numRuns, numShrinks, errorInstance } = details;
  if (!failed) return;
  if (!counterexample) {
    // Enough cases could be played to learn something, if not as many as were asked for.
    if (numRuns > 0) return;
    const reason = `no case could be played to its end: ${faults[0]?.message}`;
    throw new LawError({ law: name, says, reason, unasked: true, seed, runs: numRuns });
  }
  throw new LawError({
    law: name,
    says,
    instance: counterexample[0],
    breach: errorInstance instanceof Breach ? errorInstance : undefined,
    reason: errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
    cause: errorInstance,
    seed,
    path: counterexamplePath ?? undefined,
    runs: numRuns,
    shrinks: numShrinks,
  });
}
