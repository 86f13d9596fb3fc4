import assert from 'node:assert/strict';
import fc from 'fast-check';
import { of } from 'rxjs';
import type { Bootstrapped, Estimate } from '../../lib/records.ts';
import { gae } from '../../operators/gae.ts';
import { assertClose } from '../golden/golden.ts';
import { inArena, type RolloutData, rollouts } from './records.ts';

function estimate(record: Bootstrapped, gamma: number, gaeLambda: number): Estimate {
  const seen: Estimate[] = [];
  of(record)
    .pipe(gae({ gamma, gaeLambda }))
    .subscribe((result) => seen.push(result));
  return seen[0];
}

/** The definition as a sum over future steps, in float64. */
function reference(data: RolloutData, gamma: number, lambda: number): number[] {
  const { steps, rows, rewards, values, terminations, truncations } = data;
  return rewards.map((_, index) => {
    let sum = 0;
    let weight = 1;
    for (let i = index; i < steps * rows; i += rows) {
      sum += weight * (rewards[i] + gamma * values[i + rows] * (1 - terminations[i]) - values[i]);
      if (terminations[i] || truncations[i]) break;
      weight *= gamma * lambda;
    }
    return sum;
  });
}

const unit = fc.double({ min: 0, max: 1, noNaN: true });

describe('gae', () => {
  it('equals the sum that defines it', () => {
    fc.assert(
      fc.property(rollouts(), unit, unit, (data, gamma, lambda) => {
        const { advantages, returns, values } = estimate(inArena(data), gamma, lambda);
        assertClose(advantages, reference(data, gamma, lambda), 1e-5, 'advantages', 100);
        for (let i = 0; i < advantages.length; i++) {
          assert.ok(Math.abs(returns[i] - (advantages[i] + values[i])) < 1e-4);
        }
      }),
    );
  });

  it('with λ = 1 is the Monte Carlo return minus the value', () => {
    fc.assert(
      fc.property(rollouts(), unit, (data, gamma) => {
        const { steps, rows, rewards, values, terminations, truncations } = data;
        const { returns } = estimate(inArena(data), gamma, 1);
        for (let row = 0; row < rows; row++) {
          let value = values[steps * rows + row];
          for (let i = (steps - 1) * rows + row; i >= 0; i -= rows) {
            if (terminations[i]) value = 0;
            else if (truncations[i]) value = values[i + rows];
            value = rewards[i] + gamma * value;
            assert.ok(Math.abs(returns[i] - value) < 1e-3, `return ${returns[i]}, expected ${value}`);
          }
        }
      }),
    );
  });

  it('keeps the rollout that it extends', () => {
    fc.assert(
      fc.property(rollouts(), (data) => {
        const record = inArena(data);
        const result = estimate(record, 0.9, 0.9);
        assert.equal(result.kind, 'estimate');
        assert.equal(result.rewards, record.rewards);
        assert.equal(result.steps, data.steps);
      }),
      { numRuns: 5 },
    );
  });

  it('refuses γ and λ outside [0, 1], by name', () => {
    assert.throws(() => gae({ gamma: 1.1, gaeLambda: 0.5 }), /gae: gamma must be in \[0, 1\], got 1.1/);
    assert.throws(() => gae({ gamma: 1, gaeLambda: -0.1 }), /gae: gaeLambda must be in \[0, 1\], got -0.1/);
    assert.throws(() => gae({ gamma: Number.NaN, gaeLambda: 1 }), RangeError);
  });

  it('refuses columns that live in no arena', () => {
    const record = { ...inArena({ steps: 1, rows: 1, ...columnsOfOne }), rewards: new Float32Array(1) };
    const errors: Error[] = [];
    of(record as Bootstrapped)
      .pipe(gae({ gamma: 1, gaeLambda: 1 }))
      .subscribe({ error: (error) => errors.push(error) });
    assert.match(errors[0].message, /expected a column taken from an arena/);
  });
});

const columnsOfOne = { rewards: [0], values: [0, 0], terminations: [0], truncations: [0], masks: [1] };
