import fc from 'fast-check';
import { mine } from '../../envs/mine.ts';
import { assertLearnt } from './learns.ts';
import { assertDeterministic, assertReturns, type Policy, playStructured } from './playStructured.ts';

interface MinerSees {
  readonly signal: Float32Array;
  readonly rock: Int8Array;
}

/** The scout signals a shaft so many further than the ore's; miners obey, and dig as their rock wants if they look at it. */
const crew =
  (lie: number, looks: boolean): Policy =>
  (seen: Float32Array | MinerSees) => {
    if (seen instanceof Float32Array) return [(seen.indexOf(1) + lie + 3) % 3];
    // The parts of the action, in the order of their names: hard, shaft.
    return [looks ? seen.rock[0] : 1 - seen.rock[0], Math.max(0, seen.signal.indexOf(1))];
  };

describe('mine', () => {
  it('pays all of them 1, if the scout tells the truth and miners look', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { scout, miner } = playStructured(mine, seed, crew(0, true));
        assertReturns(scout, 1);
        assertReturns(miner, 1);
      }),
      { numRuns: 10 },
    );
  });

  it('pays a scout who lies nothing, and miners only for the first round, whose signal is no scout’s', () => {
    for (const lie of [1, 2]) {
      const { scout, miner } = playStructured(mine, 1, crew(lie, true));
      assertReturns(scout, 0);
      assertReturns(miner, 1 / 8);
    }
  });

  it('pays miners nothing who do not look at their rock', () => {
    assertReturns(playStructured(mine, 1, crew(0, false)).miner, 0);
  });

  it('is the same for the same seed', () => assertDeterministic(mine));

  it('is learnt by PPO', () => assertLearnt(mine));
});
