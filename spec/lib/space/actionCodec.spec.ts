import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Random } from '../../../lib/random.ts';
import { actionCodec } from '../../../lib/space/actionCodec.ts';
import { box } from '../../../lib/space/box.ts';
import { choicesOf } from '../../../lib/space/choices.ts';
import { dict } from '../../../lib/space/dict.ts';
import { discrete } from '../../../lib/space/discrete.ts';
import { boundsOf, leavesOf } from '../../../lib/space/leaves.ts';
import { multiBinary } from '../../../lib/space/multiBinary.ts';
import { multiDiscrete } from '../../../lib/space/multiDiscrete.ts';
import type { Space } from '../../../lib/space/space.ts';
import { tuple } from '../../../lib/space/tuple.ts';
import { discretes, masksOf, spaces } from '../../laws/arbitraries.ts';
import { leafValues } from './leafValues.ts';

const actions = spaces({ leaf: discretes() });

/** The indices of the choices of a value, all components in a row. */
function indicesOf(space: Space, value: unknown): number[] {
  const lows = leavesOf(space).flatMap(({ space: leaf }) => [...boundsOf(leaf)[0]]);
  return leafValues(space, value)
    .flatMap((leaf) => Array.from(leaf as ArrayLike<number>))
    .map((choice, k) => choice - lows[k]);
}

describe('actionCodec', () => {
  it('makes the action of the indices of choices: of each row, one action of the space', () => {
    const withSeed = fc.tuple(actions, fc.integer({ min: 0, max: 1e6 }), fc.nat({ max: 3 }));
    fc.assert(
      fc.property(withSeed, ([space, seed, row]) => {
        const sizes = choicesOf(space) ?? [];
        const random = new Random(seed);
        const rows = Array.from({ length: 4 }, () => sizes.map((n) => random.integer(0, n)));
        const action = actionCodec(space).decode(Int32Array.from(rows.flat()), row);
        assert.equal(space.problem(action), undefined);
        assert.deepEqual(indicesOf(space, action), rows[row]);
      }),
    );
  });

  it('flags the choices that a mask allows, and no others', () => {
    const masked = actions.chain((space) => fc.tuple(fc.constant(space), masksOf(space)));
    fc.assert(
      fc.property(masked, ([space, mask]) => {
        const sizes = choicesOf(space) ?? [];
        const total = sizes.reduce((sum, n) => sum + n, 0);
        const flags = new Uint8Array(total + 2).fill(9);
        actionCodec(space).maskFlags(mask as never, flags, 1);
        assert.deepEqual([flags[0], flags[total + 1]], [9, 9]);
        // What samples show under the mask is flagged, and with enough of them the converse.
        const seen = new Uint8Array(total);
        const random = new Random(3);
        for (let i = 0; i < 150; i++) {
          let offset = 0;
          for (const [k, index] of indicesOf(space, space.sample(random, mask as never)).entries()) {
            seen[offset + index] = 1;
            offset += sizes[k];
          }
        }
        assert.deepEqual(flags.subarray(1, total + 1), seen);
      }),
      { numRuns: 50 },
    );
  });

  it('says where a mask is wrong, and whether there is room', () => {
    const space = dict({ move: discrete(3), hands: tuple([multiDiscrete([2, 2])]) });
    const { maskFlags } = actionCodec(space);
    const flags = new Uint8Array(7);
    const message = 'action mask.hands[0][1]: expected at least one allowed choice, got none';
    assert.throws(
      () =>
        maskFlags(
          {
            hands: [
              [
                [1, 1],
                [0, 0],
              ],
            ],
          },
          flags,
          0,
          'action mask',
        ),
      {
        name: 'RangeError',
        message,
      },
    );
    assert.throws(() => maskFlags(undefined, flags, 1), {
      name: 'RangeError',
      message: 'maskFlags: expected room for 7 flags from 1 on, got 7',
    });
  });

  it('passes continuous actions on, as copies', () => {
    const floats = Float32Array.of(1, 2, 3, 4);
    const action = actionCodec(box(-9, 9, [2])).decode(floats, 1);
    floats[2] = 0;
    assert.deepEqual(action, Float32Array.of(3, 4));
    assert.equal(actionCodec(box(-9, 9, [])).decode(floats, 1), 2);
    actionCodec(box(-9, 9, [2])).maskFlags(undefined, new Uint8Array(0), 0);
  });

  it('refuses spaces that trainers have no actions for', () => {
    for (const space of [box(0, 1, [1], 'f64'), tuple([discrete(2), box(0, 1, [1])])])
      assert.throws(() => actionCodec<Space>(space), {
        name: 'TypeError',
        message: /^actionCodec: expected a Box of f32/,
      });
    assert.equal(choicesOf(tuple([discrete(2), box(0, 1, [1])])), undefined);
    assert.deepEqual(
      choicesOf(dict({ b: multiBinary(2), a: multiDiscrete([3, 4]), c: discrete(5) })),
      [3, 4, 2, 2, 5],
    );
  });
});
