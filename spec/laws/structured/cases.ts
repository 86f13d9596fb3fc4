import fc from 'fast-check';
import type { Bounds } from '../law.ts';
import { cuts, lengths, seeds, tapes } from '../plays.ts';
import type { RawPlay } from './playRaw.ts';

export function rawPlays({ steps }: Pick<Bounds, 'steps'>): fc.Arbitrary<RawPlay> {
  return fc.record({ seed: seeds(), steps: lengths(steps), tape: tapes(steps), cut: cuts(steps) });
}
