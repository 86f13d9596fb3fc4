import assert from 'node:assert/strict';
import fc from 'fast-check';
import { from, lastValueFrom, map, toArray } from 'rxjs';
import type { Updated } from '../../lib/records.ts';
import { adaptKlCoef } from '../../operators/adaptKlCoef.ts';
import { marble } from './marbles.ts';

const updated = (approxKl?: number): Updated => ({
  ...{ kind: 'updated', t: 0, rolloutTime: 0, updateTime: 0 },
  losses: approxKl === undefined ? {} : { approxKl },
});

describe('adaptKlCoef', () => {
  it('halves below target / 1.5, doubles above 1.5 · target, and lets updates pass', () => {
    const target = fc.double({ min: 1e-4, max: 1, noNaN: true });
    const kls = fc.array(fc.double({ min: 0, max: 3, noNaN: true }));
    return fc.assert(
      fc.asyncProperty(target, kls, async (target, ratios) => {
        const learner = { klCoef: 0.3 };
        const records = ratios.map((ratio) => updated(ratio * target));
        const passed = await lastValueFrom(from(records).pipe(adaptKlCoef(learner, target), toArray()));
        assert.deepEqual(passed, records);
        const moves = records.map(({ losses: { approxKl } }) =>
          approxKl > 1.5 * target ? 1 : approxKl < target / 1.5 ? -1 : 0,
        );
        assert.equal(learner.klCoef, 0.3 * 2 ** moves.reduce<number>((sum, move) => sum + move, 0));
      }),
    );
  });

  it(
    'adapts as updates come, and is gone with them',
    marble(({ cold, expectObservable, expectSubscriptions }) => {
      const learner = { klCoef: 1 };
      const source = cold('-a-b-b-#', { a: updated(0), b: updated(1) });
      const coefficients = source.pipe(
        adaptKlCoef(learner, 0.01),
        map(() => learner.klCoef),
      );
      expectObservable(coefficients, '^---!').toBe('-a-b', { a: 0.5, b: 1 });
      expectSubscriptions(source.subscriptions).toBe('^---!');
    }),
  );

  it('leaves the penalty alone where nothing has been learned', async () => {
    const learner = { klCoef: 0.3 };
    await lastValueFrom(from([updated()]).pipe(adaptKlCoef(learner, 0.01)));
    assert.equal(learner.klCoef, 0.3);
  });

  it('refuses a target that is not positive, and a learner without a penalty', () => {
    for (const target of [0, -1, Number.NaN])
      assert.throws(() => adaptKlCoef({ klCoef: 1 }, target), /target must be positive, got/);
    assert.throws(() => adaptKlCoef({}, 0.01), {
      name: 'TypeError',
      message: /expected a learner with a klCoef/,
    });
  });
});
