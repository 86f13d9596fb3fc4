import assert from 'node:assert/strict';
import fc from 'fast-check';
import { of } from 'rxjs';
import type { Estimate } from '../../lib/records.ts';
import { gae } from '../../operators/gae.ts';
import { vtrace } from '../../operators/vtrace.ts';
import { inArena, type RolloutData, rollouts } from './records.ts';

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const aboveOne = fc.constantFrom(1, 2.5, Number.POSITIVE_INFINITY);

function estimate(data: RolloutData, operator: ReturnType<typeof gae>): Estimate {
  const seen: Estimate[] = [];
  of(inArena(data))
    .pipe(operator)
    .subscribe((result) => seen.push(result));
  return seen[0];
}

describe('vtrace', () => {
  it('is gae, bit for bit, where the policy that learns is the one that acted', () => {
    fc.assert(
      fc.property(
        rollouts(),
        unit,
        unit,
        aboveOne,
        aboveOne,
        fc.boolean(),
        (data, gamma, gaeLambda, rhoClip, cClip, given) => {
          const own = { ...data, ratios: given ? data.rewards.map(() => 1) : undefined };
          const traced = estimate(own, vtrace({ gamma, gaeLambda, rhoClip, cClip }));
          const { advantages, returns } = estimate(data, gae({ gamma, gaeLambda }));
          assert.deepEqual(traced.advantages, advantages);
          assert.deepEqual(traced.returns, returns);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('takes nothing from actions that the policy would not choose', () => {
    fc.assert(
      fc.property(rollouts(), unit, unit, (data, gamma, gaeLambda) => {
        const ratios = data.rewards.map(() => 0);
        const { advantages, returns, values } = estimate(
          { ...data, ratios },
          vtrace({ gamma, gaeLambda, rhoClip: 1, cClip: 1 }),
        );
        assert.ok(advantages.every((advantage) => advantage === 0));
        assert.ok(returns.every((target, at) => target === values[at]));
      }),
    );
  });

  it('refuses what is no discount, no weight or no clip, by name', () => {
    const config = { gamma: 0.99, gaeLambda: 0.95, rhoClip: 1, cClip: 1 };
    assert.throws(() => vtrace({ ...config, gamma: 1.1 }), /vtrace: gamma must be in \[0, 1\], got 1.1/);
    assert.throws(() => vtrace({ ...config, gaeLambda: Number.NaN }), /vtrace: gaeLambda .* got NaN/);
    for (const name of ['rhoClip', 'cClip', 'pgRhoClip'])
      assert.throws(() => vtrace({ ...config, [name]: 0 }), new RegExp(`${name} must be positive, got 0`));
  });
});
