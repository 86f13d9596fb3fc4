import assert from 'node:assert/strict';
import { defineEnv } from '../../../lib/env/env.ts';
import type { StateSpec } from '../../../lib/env/stateSpec.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import { box } from '../../../lib/space/box.ts';
import { discrete } from '../../../lib/space/discrete.ts';

const made = (state: StateSpec) =>
  defineEnv({
    id: 'Test-v0',
    observation: box(0, 1, [1]),
    action: discrete(2),
    state,
    reset() {},
    step() {},
    observe() {},
  });

describe('state columns', () => {
  it('have the type and the width that each form gives, and know both', () => {
    const env = defineEnv({
      id: 'Test-v0',
      observation: box(0, 1, [1]),
      action: discrete(2),
      state: { a: 'f32', b: ['u8', 3], c: { type: 'i16' }, d: { type: 'f64', width: 2, low: -1, high: 1 } },
      reset({ state: { a, b, c, d } }) {
        const columns: [Float32Array, Uint8Array, Int16Array, Float64Array] = [a, b, c, d];
        // @ts-expect-error it is a column of i16
        const wrong: Float32Array = c;
        assert.deepEqual([...columns.map(({ length }) => length), wrong.BYTES_PER_ELEMENT], [4, 12, 4, 8, 2]);
      },
      step() {},
      observe() {},
    });
    assert.deepEqual(Object.keys(vectorize(env, { numEnvs: 4, seed: 1 }).state), ['a', 'b', 'c', 'd']);
  });

  it('are refused when their descriptions are wrong, or their bounds', () => {
    const wrong: unknown[] = [
      { type: 'f16' },
      { width: 2 },
      { type: 'f32', width: 0 },
      { type: 'f32', low: 2, high: 1 },
      { type: 'f32', low: Number.NaN },
      { type: 'f32', high: '3' },
      { type: 'f32', hihg: 3 },
      3,
      null,
    ];
    for (const spec of wrong) {
      assert.throws(() => made({ x: spec } as StateSpec), {
        name: 'TypeError',
        message: /^defineEnv Test-v0: state\.x must be one of .*, or \{ type, width, per, low, high \}, got /,
      });
    }
    for (const spec of [
      { type: 'f32', low: 1, high: 1 },
      { type: 'i8', high: -3 },
    ] as const)
      assert.ok(made({ x: spec }));
  });
});
