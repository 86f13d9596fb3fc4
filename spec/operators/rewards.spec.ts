import assert from 'node:assert/strict';
import fc from 'fast-check';
import { of } from 'rxjs';
import { clipRewards } from '../../operators/clipRewards.ts';
import { scaleRewards } from '../../operators/scaleRewards.ts';
import { transition } from './records.ts';

const numbers = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1 });

function withRewards(rewards: readonly number[]) {
  return { ...transition(0, rewards.length), rewards: Float32Array.from(rewards) };
}

describe('clipRewards', () => {
  it('brings every reward into ±limit and leaves the others as they were', () => {
    fc.assert(
      fc.property(numbers, fc.float({ min: Math.fround(0.1), max: 50, noNaN: true }), (rewards, limit) => {
        of(withRewards(rewards))
          .pipe(clipRewards(limit))
          .subscribe(({ rewards: clipped }) => {
            for (const [i, reward] of rewards.entries()) {
              const expected = Math.abs(reward) <= limit ? reward : Math.sign(reward) * limit;
              assert.equal(clipped[i], Math.fround(expected));
            }
          });
      }),
    );
  });

  it('refuses a limit that is not positive', () => {
    for (const limit of [0, -1, Number.NaN]) assert.throws(() => clipRewards(limit), RangeError);
  });
});

describe('scaleRewards', () => {
  it('multiplies every reward', () => {
    fc.assert(
      fc.property(numbers, fc.float({ min: -4, max: 4, noNaN: true }), (rewards, factor) => {
        of(withRewards(rewards))
          .pipe(scaleRewards(factor))
          .subscribe(({ rewards: scaled }) => {
            assert.deepEqual(
              scaled,
              Float32Array.from(rewards, (reward) => reward * factor),
            );
          });
      }),
    );
  });

  it('refuses a factor that is not finite', () => {
    for (const factor of [Number.NaN, Number.POSITIVE_INFINITY])
      assert.throws(() => scaleRewards(factor), RangeError);
  });
});
