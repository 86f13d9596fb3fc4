import assert from 'node:assert/strict';
import { lastValueFrom, of } from 'rxjs';
import type { Agent, Maybe } from '../../lib/nouns.ts';
import type { Rollout } from '../../lib/records.ts';
import { bootstrap } from '../../operators/bootstrap.ts';

/** Values an observation by its own number, plus a half. */
function agent(late: boolean): Agent {
  return {
    infer: () => assert.fail('bootstrap must not infer'),
    value(observations, values): Maybe<void> {
      const write = () => values.set(observations.map((seen) => seen + 0.5));
      return late ? Promise.resolve().then(write) : write();
    },
  };
}

function rollout(final: boolean): Rollout {
  const base = {
    kind: 'rollout',
    steps: 2,
    rows: 2,
    values: new Float32Array(6),
    truncations: Uint8Array.of(0, 0, 0, 1),
    nextObservations: Float32Array.of(7, 8),
  };
  const kept = { finalObservations: Float32Array.of(1, 2, 3, 4), finalValues: new Float32Array(4) };
  return (final ? { ...base, ...kept } : base) as unknown as Rollout;
}

describe('bootstrap', () => {
  for (const late of [false, true]) {
    it(`fills V[T] of the waiting observation (${late ? 'later' : 'at once'})`, async () => {
      const { kind, values } = await lastValueFrom(of(rollout(false)).pipe(bootstrap(agent(late))));
      assert.equal(kind, 'bootstrapped');
      assert.deepEqual(Array.from(values), [0, 0, 0, 0, 7.5, 8.5]);
    });

    it(`values the last observations of truncated episodes (${late ? 'later' : 'at once'})`, async () => {
      const { finalValues } = await lastValueFrom(of(rollout(true)).pipe(bootstrap(agent(late))));
      assert.deepEqual(Array.from(finalValues ?? []).slice(2), [3.5, 4.5]);
      assert.deepEqual(
        Array.from(finalValues ?? []).slice(0, 2),
        [0, 0],
        'a step without truncations is not valued',
      );
    });
  }
});
