import assert from 'node:assert/strict';
import fc from 'fast-check';
import { map, of } from 'rxjs';
import { Arena, bytesOf, type Column } from '../../lib/arena.ts';
import type { Observation } from '../../lib/records.ts';
import { box } from '../../lib/space/box.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { FlatRows } from '../../lib/space/flatRows.ts';
import { layout } from '../../lib/space/layout.ts';
import type { Space } from '../../lib/space/space.ts';
import { tuple } from '../../lib/space/tuple.ts';
import { flatten } from '../../operators/flatten.ts';
import { spaces, valuesOf } from '../laws/arbitraries.ts';
import { marble } from './marbles.ts';

/** Values packed into a column of an arena, and flat rows for as many. */
function inArena(space: Space, values: readonly unknown[]) {
  const { dtype, width, pack } = layout(space);
  const specs = { packed: [dtype, values.length * width] } as const;
  const arena = new Arena(bytesOf(specs) + bytesOf(FlatRows.columns(space, values.length)));
  const { packed } = arena.take(specs);
  for (const [row, value] of values.entries()) pack(value, packed, row);
  return { packed, flatRows: new FlatRows(space, values.length, arena) };
}

function observation(t: number, observations: Column): Observation {
  return { kind: 'observation', t, observations };
}

describe('flatten', () => {
  it('makes the flat rows that the values themselves have', () => {
    const several = spaces().chain((space) =>
      fc.tuple(fc.constant(space), fc.array(valuesOf(space), { minLength: 1, maxLength: 9 })),
    );
    fc.assert(
      fc.property(several, ([space, values]) => {
        const { size, flatten: flattenValue } = layout(space);
        const { packed, flatRows } = inArena(space, values);
        const expected = new Float32Array(values.length * size);
        for (const [row, value] of values.entries()) flattenValue(value, expected, row * size);
        of(observation(3, packed))
          .pipe(flatten(flatRows))
          .subscribe(({ kind, t, observations }) => {
            assert.deepEqual([kind, t], ['observation', 3]);
            assert.deepEqual(Float32Array.from(observations), expected);
          });
      }),
    );
  });

  it(
    'answers each observation at once, into the same column',
    marble(({ cold, expectObservable }) => {
      const { packed, flatRows } = inArena(tuple([discrete(3), box(-1, 1, [1])]), [[2, [0.5]]]);
      expectObservable(
        cold('a-b|', { a: observation(0, packed), b: observation(1, packed) }).pipe(
          flatten(flatRows),
          map(({ t, observations }) => [t, observations === flatRows.column, ...observations]),
        ),
      ).toBe('a-b|', { a: [0, true, 0, 0, 1, 0.5], b: [1, true, 0, 0, 1, 0.5] });
    }),
  );

  it('refuses other rows than it was made for, through the stream', () => {
    const { packed, flatRows } = inArena(discrete(3), [1, 2]);
    const errors: string[] = [];
    for (const observations of [packed.subarray(1), inArena(discrete(3), [1, 2]).packed])
      of(observation(0, observations))
        .pipe(flatten(flatRows))
        .subscribe({ error: ({ message }) => errors.push(message) });
    assert.deepEqual(errors, [
      'flatten: expected 2 packed rows of 4 bytes, got 4 bytes',
      'flatten: expected a column of the arena that the flat rows are in, got another',
    ]);
  });
});
