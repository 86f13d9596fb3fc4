import assert from 'node:assert/strict';
import fc from 'fast-check';
import { of } from 'rxjs';
import { CheckpointError } from '../../lib/errors.ts';
import type { Rollout } from '../../lib/records.ts';
import { RewardNormalizer } from '../../lib/rewardNormalizer.ts';
import { normalizeRewards } from '../../operators/normalizeRewards.ts';
import { assertClose } from '../golden/golden.ts';
import { inArena, type RolloutData, rollouts } from './records.ts';

function normalized(normalizer: RewardNormalizer, data: RolloutData): Float32Array {
  const rollout = inArena(data) as unknown as Rollout;
  of(rollout).pipe(normalizeRewards(normalizer)).subscribe();
  return rollout.rewards;
}

/** The same rollout as a list of columns, one row after the other, in float64. */
function reference(
  { rows, rewards, terminations, masks }: RolloutData,
  gamma: number,
  clip: number,
): number[] {
  const all: number[] = [];
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row; i < rewards.length; i += rows) {
      if (!masks[i]) continue;
      sum = gamma * sum * (1 - terminations[i]) + rewards[i];
      all.push(sum);
    }
  }
  // As if a ten-thousandth of a row of mean 0 and variance 1 had been seen before.
  const total = all.length + 1e-4;
  const mean = all.reduce((a, b) => a + b, 0) / total;
  const squares = all.reduce((a, b) => a + (b - mean) ** 2, 1e-4 * (1 + mean ** 2));
  const scale = 1 / Math.sqrt(squares / total + 1e-8);
  return rewards.map((reward) => Math.max(-clip, Math.min(clip, reward * scale)));
}

describe('normalizeRewards', () => {
  it('divides by the standard deviation of the discounted sums of all real transitions, and clips', () => {
    fc.assert(
      fc.property(
        rollouts(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0.5, 10),
        (data, gamma, clip) => {
          const normalizer = new RewardNormalizer(data.rows, { gamma, clip });
          assertClose(normalized(normalizer, data), reference(data, gamma, clip), 1e-5, 'rewards', clip);
        },
      ),
    );
  });

  it('goes on after save and load as if nothing had been', () => {
    fc.assert(
      fc.property(rollouts(), (data) => {
        const normalizer = new RewardNormalizer(data.rows, { gamma: 0.9 });
        normalized(normalizer, data);
        const restored = new RewardNormalizer(data.rows, { gamma: 0.9 });
        restored.load(normalizer.save());
        assert.deepEqual(normalized(restored, data), normalized(normalizer, data));
        assert.deepEqual(restored.save(), normalizer.save());
      }),
      { numRuns: 20 },
    );
  });

  it('refuses wrong options, other rows, and a state of other rows', () => {
    assert.throws(() => new RewardNormalizer(1, { gamma: 1.1 }), /gamma must be in \[0, 1\], got 1.1/);
    assert.throws(() => new RewardNormalizer(1, { gamma: 1, clip: 0 }), /clip must be positive, got 0/);
    const normalizer = new RewardNormalizer(2, { gamma: 1 });
    const one = { rows: 1, rewards: new Float32Array(1) } as unknown as Rollout;
    assert.throws(() => normalizer.normalize(one), /normalizeRewards: expected 2 rows, got 1/);
    assert.throws(() => normalizer.load(new RewardNormalizer(3, { gamma: 1 }).save()), CheckpointError);
  });
});
