import assert from 'node:assert/strict';
import fc from 'fast-check';
import { spaceFromJson } from '../../../lib/space/spaceFromJson.ts';
import { spaces } from '../../laws/arbitraries.ts';

const makers = /^(spaceFromJson|box|discrete|multiDiscrete|multiBinary|dict|tuple): /;

/** Puts something else in a place of a JSON value; `path` picks the place. */
function damage(json: unknown, path: readonly number[], by: unknown): unknown {
  if (path.length === 0 || typeof json !== 'object' || json === null) return by;
  const keys = Object.keys(json);
  if (keys.length === 0) return by;
  const key = keys[path[0] % keys.length];
  const inside = damage((json as Record<string, unknown>)[key], path.slice(1), by);
  return Array.isArray(json) ? json.with(Number(key), inside) : { ...json, [key]: inside };
}

describe('spaceFromJson', () => {
  it('makes a space of any JSON, or says in our words what is wrong', () => {
    const strange = fc.oneof(
      fc.jsonValue(),
      fc.constant(undefined),
      fc.constantFrom(-1, 0, 1.5, 1e300, '', [], {}),
    );
    const path = fc.array(fc.nat(), { maxLength: 8 });
    fc.assert(
      fc.property(spaces(), path, strange, (space, where, by) => {
        const damaged = damage(JSON.parse(JSON.stringify(space)), where, by);
        try {
          assert.equal(typeof spaceFromJson(damaged).problem, 'function');
        } catch (error) {
          assert.ok(error instanceof TypeError || error instanceof RangeError);
          assert.match(error.message, makers);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses what describes no space', () => {
    const types = 'Box, Discrete, MultiDiscrete, MultiBinary, Dict, Tuple';
    const box = { type: 'Box', dtype: 'f32', shape: [1], low: 0, high: 1 };
    const cases: [unknown, string][] = [
      [null, `spaceFromJson: expected one of ${types}, got null`],
      [[], `spaceFromJson: expected one of ${types}, got an array`],
      [{ type: 'Graph' }, `spaceFromJson: expected one of ${types}, got the type "Graph"`],
      [{ type: 'toString' }, `spaceFromJson: expected one of ${types}, got the type "toString"`],
      [{ type: 'Dict' }, 'spaceFromJson: expected the entries of a Dict in an array, got undefined'],
      [
        { type: 'Dict', entries: [3] },
        'spaceFromJson: expected the name and space of an entry in an array, got 3',
      ],
      [
        { type: 'Tuple', spaces: {} },
        'spaceFromJson: expected the spaces of a Tuple in an array, got object',
      ],
      [{ ...box, low: null }, 'box: expected 1 low bounds, got null'],
      [{ ...box, low: 'deep' }, 'box: expected 1 low bounds, got "deep"'],
      [
        { ...box, dtype: ['f32'] },
        'box: dtype must be one of f32, f64, i8, u8, i16, u16, i32, u32, i64, u64, got an array',
      ],
      [
        { type: 'MultiDiscrete', shape: [0], nvec: [], start: [] },
        'multiDiscrete: shape must hold positive integers, got [0]',
      ],
      [
        { type: 'MultiDiscrete', shape: [2], nvec: [3], start: [0, 0] },
        'multiDiscrete: nvec: expected 2 integers, got 1',
      ],
      [{ type: 'MultiBinary', shape: [] }, 'multiBinary: shape must not be empty'],
    ];
    for (const [json, message] of cases) assert.throws(() => spaceFromJson(json), { message });
  });

  it('refuses what would fill the memory or the stack, before it does', () => {
    const bits = (...shape: unknown[]) => ({ type: 'MultiBinary', shape });
    const tuple = (count: number) => ({ type: 'Tuple', spaces: Array(count).fill(bits(2 ** 26)) });
    let deep: unknown = bits(2);
    for (let i = 0; i < 100_000; i++) deep = { type: 'Tuple', spaces: [deep] };
    const message = 'spaceFromJson: expected at most 134217728 elements in all';
    const began = performance.now();
    assert.equal(spaceFromJson(tuple(1)).type, 'Tuple');
    for (const json of [tuple(2), bits(2 ** 14, 2 ** 14), bits(1e300, 1e300), { ...tuple(1), shape: ['x'] }])
      assert.throws(() => spaceFromJson(json), { name: 'RangeError', message });
    const box = { type: 'Box', dtype: 'u8', shape: [2 ** 40], low: 0, high: 1 };
    assert.throws(() => spaceFromJson(box), { name: 'RangeError', message });
    assert.throws(() => spaceFromJson(deep), {
      message: 'spaceFromJson: expected at most 64 spaces in one another',
    });
    assert.ok(performance.now() - began < 1000);
  });
});
