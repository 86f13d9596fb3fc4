import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Estimate } from '../../lib/records.ts';
import { minibatches } from '../../operators/minibatches.ts';
import { segments } from '../../operators/segments.ts';
import { inArena, rollouts } from './records.ts';

const parts = fc.integer({ min: 1, max: 5 });

function drawAll(record: Estimate, numMinibatches: number, updateEpochs: number, seed = 1): number[][] {
  const drawn: number[][] = [];
  const draws = minibatches({ numMinibatches, updateEpochs, seed })(record);
  for (let draw = draws.next({}); !draw.done; draw = draws.next({}))
    drawn.push(Array.from(draw.value.indices));
  return drawn;
}

const estimate = (data: Parameters<typeof inArena>[0], t = 0) =>
  ({ ...inArena(data), kind: 'estimate', t }) as Estimate;

describe('minibatches', () => {
  it('draws every real transition once an epoch, and no reset row, in parts of nearly equal size', () => {
    fc.assert(
      fc.property(rollouts(), parts, parts, (data, numMinibatches, updateEpochs) => {
        const drawn = drawAll(estimate(data), numMinibatches, updateEpochs);
        const real = data.masks.flatMap((mask, row) => (mask ? [row] : []));
        const drawsEach = Math.min(numMinibatches, real.length);
        assert.equal(drawn.length, real.length === 0 ? 0 : drawsEach * updateEpochs);
        for (let epoch = 0; epoch < updateEpochs && real.length > 0; epoch++) {
          const one = drawn.slice(epoch * drawsEach, (epoch + 1) * drawsEach);
          assert.deepEqual(
            one.flat().sort((a, b) => a - b),
            real,
          );
          const sizes = one.map(({ length }) => length);
          assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
        }
      }),
    );
  });

  it('draws the first minibatches of an epoch that is not whole', () => {
    fc.assert(
      fc.property(rollouts(), parts, fc.integer({ min: 1, max: 20 }), (data, numMinibatches, draws) => {
        const whole = drawAll(estimate(data), numMinibatches, Math.ceil(draws / numMinibatches));
        const real = data.masks.reduce((sum, mask) => sum + mask, 0);
        // Parts that would be empty are not drawn.
        fc.pre(real >= numMinibatches);
        assert.deepEqual(
          drawAll(estimate(data), numMinibatches, draws / numMinibatches),
          whole.slice(0, draws),
        );
      }),
    );
  });

  it('draws in an order that only the seed, the first step and the epoch decide', () => {
    const size = 64;
    const data = {
      steps: size,
      rows: 1,
      rewards: new Array(size).fill(0),
      values: new Array(size + 1).fill(0),
      terminations: new Array(size).fill(0),
      truncations: new Array(size).fill(0),
      masks: new Array(size).fill(1),
    };
    const base = drawAll(estimate(data), 1, 2);
    assert.deepEqual(drawAll(estimate(data), 1, 2), base);
    assert.notDeepEqual(base[0], base[1], 'epochs must differ');
    assert.notDeepEqual(drawAll(estimate(data), 1, 1, 2)[0], base[0], 'seeds must differ');
    assert.notDeepEqual(drawAll(estimate(data, 64), 1, 1)[0], base[0], 'rollouts must differ');
    assert.deepEqual(
      drawAll(estimate(data), 4, 1).flat(),
      base[0],
      'the number of parts does not change the order',
    );
  });

  it('draws no more once the approximate KL of a minibatch is above 1.5 times the target, like segments', () => {
    fc.assert(
      fc.property(
        parts,
        fc.array(fc.double({ min: 0, max: 2.5, noNaN: true }), { minLength: 1, maxLength: 4 }),
        (n, kls) => {
          const all = Array.from({ length: 8 }, () => 1);
          const data = { steps: 1, rows: 8, rewards: all, values: [...all, ...all], masks: all };
          const config = { numMinibatches: n, updateEpochs: kls.length, seed: 1, targetKl: 0.02 };
          const far = kls.findIndex((kl) => 0.02 * kl > 1.5 * 0.02);
          for (const draw of [minibatches, segments]) {
            const none = all.map(() => 0);
            const draws = draw(config)(
              estimate({ ...data, terminations: none, truncations: none, weights: all }),
            );
            let drawn = 0;
            for (let next = draws.next({}); !next.done; )
              next = draws.next({ approxKl: 0.02 * (kls[drawn++] ?? 0) });
            assert.equal(drawn, far < 0 ? n * kls.length : far + 1);
          }
        },
      ),
    );
  });

  it('refuses counts that are no positive integers, by name, and parts of minibatches', () => {
    assert.throws(
      () => minibatches({ numMinibatches: 0, updateEpochs: 1, seed: 1 }),
      /numMinibatches .* got 0/,
    );
    for (const [numMinibatches, updateEpochs] of [
      [1, 1.5],
      [8, 0.381],
      [4, 0.01],
      [4, Number.NaN],
    ]) {
      const got = new RegExp(`updateEpochs × ${numMinibatches} .* got ${updateEpochs} × ${numMinibatches}`);
      assert.throws(() => minibatches({ numMinibatches, updateEpochs, seed: 1 }), got);
    }
    assert.throws(() => minibatches({ numMinibatches: 1, updateEpochs: 1, seed: -1 }), /seed/);
  });
});
