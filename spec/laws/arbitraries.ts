import fc from 'fast-check';
import { box } from '../../lib/space/box.ts';
import { dict } from '../../lib/space/dict.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { arrays, type Dtype, dtypes, isBig, isFloat, rangeOf } from '../../lib/space/dtype.ts';
import { multiBinary } from '../../lib/space/multiBinary.ts';
import { multiDiscrete } from '../../lib/space/multiDiscrete.ts';
import type { Infer, LeafSpace, MaskOf, Space } from '../../lib/space/space.ts';
import { tuple } from '../../lib/space/tuple.ts';

/** Names that are awkward in objects, in paths or to sort. */
const names = [
  'a',
  'Z',
  '_x',
  'é',
  '10',
  '9',
  'a b',
  'a"]',
  '',
  '__proto__',
  'constructor',
  '\u{1f421}',
  '\uffee',
];

const shapes = (minLength = 0) => fc.array(fc.integer({ min: 1, max: 3 }), { minLength, maxLength: 3 });
const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
const many = <T>(item: fc.Arbitrary<T>, length: number) =>
  fc.array(item, { minLength: length, maxLength: length });

/** Any spaces, nested up to `depth` times. `leaf` may be narrowed, for example to `discretes()`. */
export function spaces({ depth = 3, leaf = leaves() }: { depth?: number; leaf?: fc.Arbitrary<Space> } = {}) {
  const { space } = fc.letrec<{ space: Space }>((tie) => {
    const inner = tie('space');
    const pairs = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), inner), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 4,
    });
    return {
      space: fc.oneof(
        { maxDepth: depth, depthSize: 'small' },
        leaf,
        fc
          .tuple(pairs, fc.boolean())
          .map(([entries, ordered]): Space => (ordered ? dict(entries) : dict(Object.fromEntries(entries)))),
        fc.array(inner, { minLength: 1, maxLength: 3 }).map((parts): Space => tuple(parts)),
      ),
    };
  });
  return space.map(readable);
}

/** The space, which counterexamples show by its JSON. */
function readable<S extends Space>(space: S): S {
  return Object.defineProperty(space, fc.toStringMethod, { value: () => JSON.stringify(space) });
}

/** Any space that holds no other. */
export function leaves(): fc.Arbitrary<LeafSpace> {
  return fc.oneof(boxes(), discretes());
}

/** Spaces of choices. */
export function discretes(): fc.Arbitrary<LeafSpace> {
  const start = fc.integer({ min: -5, max: 5 });
  const choice = fc.tuple(fc.integer({ min: 1, max: 6 }), start);
  return fc.oneof(
    choice.map(([n, from]) => discrete(n, from)),
    fc.array(choice, { minLength: 1, maxLength: 4 }).map((choices) =>
      multiDiscrete(
        choices.map(([n]) => n),
        choices.map(([, from]) => from),
      ),
    ),
    fc.tuple(choice, choice).map((row) => multiDiscrete([row.map(([n]) => n), row.map(([n]) => n)])),
    shapes(1).map((shape) => multiBinary(shape)),
  );
}

/** Boxes of any element type, with bounds of their own for each element. */
export function boxes(): fc.Arbitrary<LeafSpace> {
  return fc.tuple(shapes(), fc.constantFrom(...dtypes)).chain(([shape, dtype]) =>
    many(bounds(dtype), sizeOf(shape)).map((pairs) =>
      box(
        pairs.map(([low]) => low),
        pairs.map(([, high]) => high),
        shape,
        dtype,
      ),
    ),
  );
}

function bounds(dtype: Dtype): fc.Arbitrary<readonly [number, number]> {
  const [least, greatest] = isFloat(dtype) ? [-1e6, 1e6] : rangeOf(dtype);
  const [min, max] = [Math.max(least, -(2 ** 40)), Math.min(greatest, 2 ** 40)];
  const bound = isFloat(dtype) ? fc.double({ min, max, noNaN: true }) : fc.integer({ min, max });
  const open = fc.integer({ min: 0, max: 3 }).map((roll) => roll === 0);
  return fc
    .tuple(bound, bound, open, open)
    .map(([a, b, below, above]) => [
      below ? Number.NEGATIVE_INFINITY : Math.min(a, b),
      above ? Number.POSITIVE_INFINITY : Math.max(a, b),
    ]);
}

/** Values of a space, as `sample` gives them. */
export function valuesOf<S extends Space>(space: S): fc.Arbitrary<Infer<S>> {
  return structured(space, leafValues) as fc.Arbitrary<Infer<S>>;
}

function leafValues(space: LeafSpace): fc.Arbitrary<unknown> {
  if (space.type === 'Discrete') return fc.integer({ min: space.start, max: space.start + space.n - 1 });
  if (space.type === 'MultiBinary')
    return many(fc.integer({ min: 0, max: 1 }), space.size).map((bits) => Int8Array.from(bits));
  if (space.type === 'MultiDiscrete') {
    const elements = Array.from(space.nvec, (n, i) =>
      fc.integer({ min: space.start[i], max: space.start[i] + n - 1 }),
    );
    return fc.tuple(...elements).map((choices) => Int32Array.from(choices));
  }
  const { dtype, shape } = space;
  const elements = Array.from(space.low, (low, i) => element(dtype, low, space.high[i]));
  return fc.tuple(...elements).map((values) => {
    const array = isBig(dtype)
      ? arrays[dtype].from(values as bigint[])
      : arrays[dtype].from(values as number[]);
    return shape.length === 0 ? array[0] : array;
  });
}

function element(dtype: Dtype, low: number, high: number): fc.Arbitrary<number | bigint> {
  if (isBig(dtype)) {
    const greatest = dtype === 'u64' ? 2n ** 64n - 1n : 2n ** 63n - 1n;
    const max = BigInt(high) < greatest ? BigInt(high) : greatest;
    return fc.bigInt({ min: BigInt(low), max });
  }
  if (!isFloat(dtype)) return fc.integer({ min: low, max: high });
  return fc.double({ min: Math.max(low, -3e38), max: Math.min(high, 3e38), noNaN: true });
}

/** Masks of a space: flags that allow at least one choice each; parts may be left out, or undefined. */
export function masksOf<S extends Space>(space: S): fc.Arbitrary<MaskOf<S> | undefined> {
  return fc.option(structured(space, leafMasks), { nil: undefined }) as fc.Arbitrary<MaskOf<S> | undefined>;
}

function leafMasks(space: LeafSpace): fc.Arbitrary<unknown> {
  const flags = (n: number): fc.Arbitrary<unknown> =>
    many(fc.integer({ min: 0, max: 1 }), n).filter((all) => all.includes(1));
  if (space.type === 'Box') return fc.constant(undefined);
  if (space.type === 'MultiBinary') return many(fc.integer({ min: 0, max: 2 }), space.size);
  const mask = space.type === 'Discrete' ? flags(space.n) : fc.tuple(...Array.from(space.nvec, flags));
  return fc.option(mask, { nil: undefined });
}

/** What has the structure of a space, from what each leaf shall have. */
function structured(space: Space, leaf: (space: LeafSpace) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  if (space.type === 'Tuple') return fc.tuple(...space.spaces.map((part) => structured(part, leaf)));
  if (space.type !== 'Dict') return leaf(space);
  const parts = space.entries.map(([name, part]) => structured(part, leaf).map((value) => [name, value]));
  return fc
    .tuple(fc.boolean(), ...parts)
    .map(([brief, ...entries]) =>
      Object.fromEntries(brief ? entries.filter(([, value]) => value !== undefined) : entries),
    );
}
