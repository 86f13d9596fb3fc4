import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Random } from '../../../lib/random.ts';
import { box } from '../../../lib/space/box.ts';
import { dict } from '../../../lib/space/dict.ts';
import { discrete } from '../../../lib/space/discrete.ts';
import { boundsOf, leavesOf } from '../../../lib/space/leaves.ts';
import { multiBinary } from '../../../lib/space/multiBinary.ts';
import { multiDiscrete } from '../../../lib/space/multiDiscrete.ts';
import { type LeafSpace, type Space, sameSpace } from '../../../lib/space/space.ts';
import { spaceFromJson } from '../../../lib/space/spaceFromJson.ts';
import { tuple } from '../../../lib/space/tuple.ts';
import { masksOf, spaces, valuesOf } from '../../laws/arbitraries.ts';
import { leafValues, replaceLeaf } from './leafValues.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 40 });

describe('every space', () => {
  it('contains its samples, which equal seeds make equal', () => {
    fc.assert(
      fc.property(spaces(), seeds, (space, seed) => {
        const random = new Random(seed);
        for (let i = 0; i < 5; i++) assert.equal(space.problem(space.sample(random)), undefined);
        assert.deepEqual(space.sample(new Random(seed)), space.sample(new Random(seed)));
      }),
    );
  });

  it('contains its values, bounds among them', () => {
    const withValue = spaces().chain((space) => fc.tuple(fc.constant(space), valuesOf(space)));
    fc.assert(fc.property(withValue, ([space, value]) => assert.equal(space.problem(value), undefined)));
  });

  it('names the one element that is out of its bounds by its path', () => {
    const withValue = spaces().chain((space) =>
      fc.tuple(fc.constant(space), valuesOf(space), fc.nat(), fc.nat()),
    );
    fc.assert(
      fc.property(withValue, ([space, value, pickLeaf, pickElement]) => {
        const places = leavesOf(space);
        const { path, space: leaf, dtype, length } = places[pickLeaf % places.length];
        const [lows, highs] = boundsOf(leaf);
        const i = pickElement % length;
        // Out of the bounds by far more than a float32 rounds; of a Box without bounds, not a number.
        const wrong = Number.isFinite(highs[i]) ? highs[i] + 1 + Math.abs(highs[i]) : Number.NaN;
        const elements: unknown[] = Array.from(leafValues(space, value)[pickLeaf % places.length]);
        elements[i] = wrong;
        const scalar = leaf.type === 'Discrete' || leaf.shape.length === 0;
        const changed = replaceLeaf(space, value, pickLeaf % places.length, scalar ? wrong : elements);
        const at = `observation${path}${scalar ? '' : `[${i}]`}`;
        const what = leaf.type === 'MultiBinary' ? '0 or 1' : expectation(leaf, dtype, lows[i], highs[i]);
        assert.equal(space.problem(changed, 'observation'), `${at}: expected ${what}, got ${wrong}`);
      }),
    );
  });

  it('is obeyed by its samples where masks allow less, at every depth', () => {
    const masked = spaces().chain((space) => fc.tuple(fc.constant(space), masksOf(space), seeds));
    fc.assert(
      fc.property(masked, ([space, mask, seed]) => {
        const value = space.sample(new Random(seed), mask as never);
        assert.equal(space.problem(value), undefined);
        assert.ok(obeys(space, value, mask));
      }),
    );
  });

  it('comes back from JSON', () => {
    fc.assert(
      fc.property(spaces(), (space) => {
        const back = spaceFromJson(JSON.parse(JSON.stringify(space)));
        assert.ok(sameSpace(back, space));
        assert.deepEqual(back.toJSON(), JSON.parse(JSON.stringify(space)));
        const random = new Random(1);
        assert.equal(back.problem(space.sample(random)), undefined);
      }),
    );
  });
});

function expectation(leaf: LeafSpace, dtype: string, low: number, high: number): string {
  if (leaf.type !== 'Box') return `an integer in [${low}, ${high + 1})`;
  return `${dtype === 'f32' || dtype === 'f64' ? 'a finite number' : 'an integer'} in [${low}, ${high}]`;
}

/** Whether a mask allows every choice of a value. */
function obeys(space: Space, value: unknown, mask: unknown): boolean {
  if (mask === undefined || space.type === 'Box') return true;
  const [values, masks] = [value as never[], mask as never[]];
  if (space.type === 'Tuple') return space.spaces.every((part, i) => obeys(part, values[i], masks[i]));
  if (space.type === 'Dict') {
    const own = new Map(Object.entries(masks));
    return space.entries.every(([name, part]) => obeys(part, values[name as never], own.get(name)));
  }
  if (space.type === 'Discrete') return masks[(value as number) - space.start] === 1;
  if (space.type === 'MultiBinary')
    return Array.from(values).every((bit, i) => masks[i] === 2 || masks[i] === bit);
  return Array.from(values as number[]).every((choice, i) => masks[i][choice - space.start[i]] === 1);
}

describe('dict and tuple', () => {
  it('order the names of an object by code points, and leave pairs as they are', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary' }), { minLength: 1 }), (names) => {
        const space = discrete(2);
        const order = (made: { entries: readonly (readonly [string, Space])[] }) =>
          made.entries.map(([name]) => name);
        // UTF-8 orders bytes as code points.
        const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        assert.deepEqual(order(dict(Object.fromEntries(names.map((name) => [name, space])))), sorted);
        assert.deepEqual(order(dict(names.map((name) => [name, space] as const))), names);
      }),
    );
  });

  it('say where a value differs in structure', () => {
    const space = dict({
      inventory: multiDiscrete([8, 8, 8]),
      'my hand': tuple([discrete(2), box(0, 1, [2])]),
    });
    const hand = [1, [0, 1]];
    const cases: [unknown, string | undefined][] = [
      [{ inventory: [1, 2, 3], 'my hand': hand }, undefined],
      [
        { inventory: [1, 2, 9], 'my hand': hand },
        'observation.inventory[2]: expected an integer in [0, 8), got 9',
      ],
      [
        { inventory: [1, 2], 'my hand': hand },
        'observation.inventory: expected 3 numbers of shape [3], got 2',
      ],
      [{ inventory: [1, 2, 3] }, 'observation["my hand"]: expected a Tuple, got nothing'],
      [{ inventory: [1, 2, 3], 'my hand': [1] }, 'observation["my hand"]: expected an array of 2, got 1'],
      [
        { inventory: [1, 2, 3], 'my hand': { 0: 1 } },
        'observation["my hand"]: expected an array of 2, got object',
      ],
      [
        { inventory: [1, 2, 3], 'my hand': [1, [0, 2]] },
        'observation["my hand"][1][1]: expected a finite number in [0, 1], got 2',
      ],
      [{ inventory: [1, 2, 3], 'my hand': hand, extra: 1 }, 'observation.extra: the space has no such field'],
      [[], 'observation: expected an object, got an array'],
      [undefined, 'observation: expected an object, got undefined'],
    ];
    for (const [value, problem] of cases) assert.equal(space.problem(value, 'observation'), problem);
  });

  it('say where a mask is wrong', () => {
    const space = dict({
      move: discrete(3),
      hands: tuple([multiDiscrete([2, 3]), multiBinary(2)]),
      force: box(0, 1, [1]),
    });
    const cases: [unknown, string][] = [
      [{ move: [1, 0] }, 'mask.move: expected 3 flags, got 2'],
      [{ move: [0, 0, 0] }, 'mask.move: expected at least one allowed choice, got none'],
      [{ move: [0, 2, 0] }, 'mask.move[1]: expected 0 or 1, got 2'],
      [{ move: 7 }, 'mask.move: expected 3 flags, got 7'],
      [{ hands: [[[1, 1]]] }, 'mask.hands: expected 2 masks, got 1'],
      [{ hands: [[[1, 1]], undefined] }, 'mask.hands[0]: expected 2 arrays of flags, got 1'],
      [
        {
          hands: [
            [
              [1, 1],
              [0, 0, 0],
            ],
            undefined,
          ],
        },
        'mask.hands[0][1]: expected at least one allowed choice, got none',
      ],
      [{ hands: [undefined, [1, 3]] }, 'mask.hands[1][1]: expected 0, 1 or 2, got 3'],
      [{ force: [1] }, 'mask.force: expected nothing, since a Box takes no mask, got an array'],
      [{ mvoe: [1, 0, 0] }, 'mask.mvoe: the space has no such field'],
    ];
    for (const [mask, problem] of cases) {
      assert.equal(space.maskProblem(mask), problem);
      assert.throws(() => space.sample(new Random(0), mask as never), {
        name: 'RangeError',
        message: `sample: ${problem}`,
      });
    }
  });

  it('refuse what holds no spaces', () => {
    const cases: [() => unknown, string][] = [
      [() => dict({}), 'dict: expected at least one space, got none'],
      [() => dict({ a: 3 as never }), 'dict: expected a space under "a", got 3'],
      [
        () =>
          dict([
            ['a', discrete(2)],
            ['a', discrete(3)],
          ]),
        'dict: the name "a" occurs twice',
      ],
      [() => dict([[1 as never, discrete(2)]]), 'dict: expected a [name, space] pair, got an array'],
      [() => dict(null as never), 'dict: expected an object of spaces, or [name, space] pairs, got null'],
      [() => tuple([]), 'tuple: expected at least one space, got none'],
      [() => tuple([discrete(2), undefined as never]), 'tuple: expected a space at [1], got undefined'],
      [() => tuple('ab' as never), 'tuple: expected an array of spaces, got "ab"'],
    ];
    for (const [make, message] of cases) assert.throws(make, { name: 'TypeError', message });
  });
});

describe('sameSpace', () => {
  it('tells element types, shapes, bounds, starts and orders apart', () => {
    const different: Space[] = [
      box(0, 1, [4]),
      box(0, 1, [4], 'u8'),
      box(0, 1, [2, 2]),
      box(0, 2, [4]),
      box([0, 0, 0, -1], 1, [4]),
      discrete(4),
      discrete(4, 1),
      multiDiscrete([4]),
      multiDiscrete([[4]]),
      multiDiscrete([4], [1]),
      multiBinary(4),
      multiBinary([2, 2]),
      dict([
        ['a', discrete(2)],
        ['b', discrete(2)],
      ]),
      dict([
        ['b', discrete(2)],
        ['a', discrete(2)],
      ]),
      tuple([discrete(2), discrete(2)]),
      tuple([tuple([discrete(2), discrete(2)])]),
    ];
    for (const [i, a] of different.entries())
      for (const [j, b] of different.entries()) assert.equal(sameSpace(a, b), i === j, `${i} and ${j}`);
    assert.ok(sameSpace(box([0, 0], 1, [2]), box(0, [1, 1], [2])));
  });
});
