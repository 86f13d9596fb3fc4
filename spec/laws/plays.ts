import fc from 'fast-check';
import type { Autoreset } from '../../lib/env/vectorOptions.ts';
import type { Bounds } from './law.ts';

/**
 * What is done in some worlds. A world's tape is played from its beginning again when it ends: short tapes repeat an
 * action or alternate between a few, which keeps many an episode alive for longer than random actions do.
 */
export interface Play {
  readonly seed: number;
  readonly steps: number;
  /** One for each world: numbers that `Chooser` makes allowed actions of. */
  readonly tapes: readonly (readonly number[])[];
}

/** A play in which episodes are cut after some steps, so that many begin; 0: never. */
export interface CutPlay extends Play {
  readonly cut: number;
}

export function seeds(): fc.Arbitrary<number> {
  return fc.oneof(fc.nat(9), fc.nat());
}

/** A tape of draws in [0, 2³²). */
export function tapes(steps: number): fc.Arbitrary<number[]> {
  const draw = fc.oneof(fc.nat(7), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  const short = fc.array(draw, { minLength: 1, maxLength: 3 });
  return fc.oneof(short, fc.array(draw, { minLength: 1, maxLength: steps, size: 'max' }));
}

export function plays({ steps }: Pick<Bounds, 'steps'>, worlds = { min: 1, max: 4 }): fc.Arbitrary<Play> {
  return fc.record(playFields(steps, worlds));
}

export function cutPlays({ steps }: Pick<Bounds, 'steps'>, worlds = { min: 1, max: 4 }) {
  return fc.record({ ...playFields(steps, worlds), cut: cuts(steps) });
}

export function playFields(steps: number, { min, max }: { min: number; max: number }) {
  return {
    seed: seeds(),
    steps: lengths(steps),
    tapes: fc.array(tapes(steps), { minLength: min, maxLength: max, size: 'max' }),
  };
}

export function cuts(steps: number): fc.Arbitrary<number> {
  return fc.oneof({ withCrossShrink: true }, fc.constant(0), fc.integer({ min: 1, max: steps }));
}

export function lengths(steps: number): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max: steps });
}

export function autoresets({ autoreset }: Pick<Bounds, 'autoreset'>): fc.Arbitrary<Autoreset> {
  return fc.constantFrom(...autoreset);
}

/** The draw of a world at a step, counted from 0. */
export function drawOf(tape: readonly number[], step: number): number {
  return tape[step % tape.length];
}
