import assert from 'node:assert/strict';
import { Arena, bytesOf } from '../../lib/arena.ts';
import { box } from '../../lib/space/box.ts';
import { choicesOf } from '../../lib/space/choices.ts';
import { dict } from '../../lib/space/dict.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { arrays, type Dtype, type TypedArray } from '../../lib/space/dtype.ts';
import { FlatRows } from '../../lib/space/flatRows.ts';
import { flatSpace, layout } from '../../lib/space/layout.ts';
import { multiBinary } from '../../lib/space/multiBinary.ts';
import { multiDiscrete } from '../../lib/space/multiDiscrete.ts';
import type { Nested } from '../../lib/space/numbers.ts';
import { field } from '../../lib/space/paths.ts';
import { type Space, sameSpace } from '../../lib/space/space.ts';
import { tuple } from '../../lib/space/tuple.ts';
import { golden } from './golden.ts';

type Numbers = number | Nested<number>;

type SpaceData =
  | { type: 'Box'; shape: number[]; dtype: string; low: Numbers; high: Numbers }
  | { type: 'Discrete'; n: number; start: number }
  | { type: 'MultiDiscrete'; nvec: Nested<number>; start: Nested<number> }
  | { type: 'MultiBinary'; shape: number[] }
  | { type: 'Dict'; items: [string, SpaceData][] }
  | { type: 'Tuple'; items: SpaceData[] };

type Value = Numbers | { dict: [string, Value][] } | { tuple: Value[] };

interface StructData {
  itemsize: number;
  alignment: number;
  base?: string;
  shape?: number[];
  fields?: { name: string; offset: number; dtype: StructData }[];
}

interface Version {
  dtype: StructData;
  emulated_space: { shape: number[]; dtype: string };
}

interface Case {
  name: string;
  constructor: string | null;
  constructor_key_order: string[] | null;
  space: SpaceData;
  flatdim: number;
  flat_space: { low: number[]; high: number[] };
  puffer_layout: { v1: Version; v2: Version | null };
  samples: { value: Value; flat: number[]; puffer_v1_bytes_hex: string; puffer_v2_bytes_hex?: string }[];
}

interface ActionCase {
  name: string;
  space: SpaceData;
  emulated: { nvec: number[] | null; n: number | null };
}

const { spaces, puffer_actions } = golden<{ spaces: Case[]; puffer_actions: ActionCase[] }>('flatten');

const dtypes: Record<string, Dtype> = {
  float32: 'f32',
  float64: 'f64',
  int8: 'i8',
  uint8: 'u8',
  int16: 'i16',
  int32: 'i32',
  int64: 'i64',
};

function spaceOf(data: SpaceData): Space {
  switch (data.type) {
    case 'Box':
      return box(data.low as never, data.high as never, data.shape, dtypes[data.dtype]);
    case 'Discrete':
      return discrete(data.n, data.start);
    case 'MultiDiscrete':
      return multiDiscrete(data.nvec, data.start);
    case 'MultiBinary':
      return multiBinary(data.shape);
    case 'Dict':
      return dict(data.items.map(([name, item]) => [name, spaceOf(item)] as const));
    case 'Tuple':
      return tuple(data.items.map(spaceOf));
  }
}

/** PufferLib 1.0 stores choices as int64: a space with Boxes of i64 in their place lies in memory as there. */
function withLongChoices(space: Space): Space {
  if (space.type === 'Dict')
    return dict(space.entries.map(([name, part]) => [name, withLongChoices(part)] as const));
  if (space.type === 'Tuple') return tuple(space.spaces.map(withLongChoices));
  if (space.type === 'Discrete') return box(space.start, space.start + space.n - 1, [], 'i64');
  if (space.type !== 'MultiDiscrete') return space;
  return box(
    space.start,
    space.nvec.map((n, i) => space.start[i] + n - 1),
    space.shape,
    'i64',
  );
}

function structured(value: Value): unknown {
  if (typeof value === 'number' || Array.isArray(value)) return value;
  if ('tuple' in value) return value.tuple.map(structured);
  return Object.fromEntries(
    (value as { dict: [string, Value][] }).dict.map(([name, item]) => [name, structured(item)]),
  );
}

/** Path, element type, elements and offset of each leaf, as NumPy tells them. */
function leavesOf(struct: StructData, path = '', offset = 0): unknown[] {
  if (!struct.fields) return [[path, dtypes[struct.base ?? ''], product(struct.shape ?? []), offset]];
  return struct.fields.flatMap(({ name, offset: at, dtype }) =>
    leavesOf(dtype, field(path, name), offset + at),
  );
}

function checkStruct(space: Space, { dtype, emulated_space }: Version): void {
  const { leaves, bytes, alignment, dtype: column, width } = layout(space);
  // NumPy names the fields of a tuple f0, f1, …
  const mine = leaves.map(({ path, dtype, length, offset }) => [
    path.replace(/\[(\d+)\]/g, '.f$1'),
    dtype,
    length,
    offset,
  ]);
  assert.deepEqual(mine, leavesOf(dtype));
  assert.deepEqual([bytes, alignment], [dtype.itemsize, dtype.alignment]);
  // PufferLib 2.0 mis-sizes a space that is one choice; there is no column of i64: such rows are bytes here.
  const [emulated, shape] = [dtypes[emulated_space.dtype], emulated_space.shape];
  if (emulated === 'i64')
    assert.deepEqual(
      [column, width],
      dtype.base === 'int32' ? ['i32', dtype.itemsize / 4] : ['u8', dtype.itemsize],
    );
  else assert.deepEqual([column, width], [emulated, product(shape)]);
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function packed(space: Space, value: unknown): TypedArray {
  const { pack, dtype, width } = layout(space);
  const column = new arrays[dtype](width);
  pack(value, column, 0);
  return column;
}

describe('golden: flat rows and packed rows against Gymnasium and PufferLib', () => {
  for (const { name, space: data, flatdim, flat_space, puffer_layout, samples, ...order } of spaces) {
    describe(name, () => {
      const space = spaceOf(data);
      const { v1, v2 } = puffer_layout;

      it('has the size and the bounds of the flat space', () => {
        assert.equal(layout(space).size, flatdim);
        assert.ok(sameSpace(flatSpace(space), box(flat_space.low, flat_space.high, [flatdim])));
      });

      it('has the structs of both versions', () => {
        checkStruct(withLongChoices(space), v1);
        if (v2) checkStruct(space, v2);
      });

      it('flattens and packs the samples, and gives them back', () => {
        for (const { value, flat, puffer_v1_bytes_hex, puffer_v2_bytes_hex } of samples) {
          const given = structured(value);
          const hex = (inner: Space) => Buffer.from(packed(inner, given).buffer).toString('hex');
          assert.equal(hex(withLongChoices(space)), puffer_v1_bytes_hex);
          if (puffer_v2_bytes_hex) assert.equal(hex(space), puffer_v2_bytes_hex);
          const { flatten, unflatten, unpack } = layout(space);
          const row = new Float32Array(flatdim);
          flatten(given, row);
          assert.deepEqual(row, Float32Array.from(flat));
          flatten(unflatten(flat), row.fill(0));
          assert.deepEqual(row, Float32Array.from(flat));
          flatten(unpack(packed(space, given), 0), row.fill(0));
          assert.deepEqual(row, Float32Array.from(flat));
        }
      });

      it('flattens the packed samples by the kernels of both builds', () => {
        const { dtype, width, pack } = layout(space);
        const specs = { packed: [dtype, samples.length * width] } as const;
        const bytes = bytesOf(specs) + bytesOf(FlatRows.columns(space, samples.length));
        for (const deterministic of [true, false]) {
          const arena = new Arena(bytes, { deterministic });
          const { packed } = arena.take(specs);
          for (const [row, { value }] of samples.entries()) pack(structured(value), packed, row);
          const flat = new FlatRows(space, samples.length, arena).flatten(packed);
          assert.deepEqual(
            Float32Array.from(flat),
            Float32Array.from(samples.flatMap((sample) => sample.flat)),
          );
        }
      });

      if (data.type === 'Dict' && order.constructor?.startsWith('dict'))
        it('orders the names of an object as Gymnasium does', () => {
          const fields = Object.fromEntries(
            data.items.toReversed().map(([key, item]) => [key, spaceOf(item)]),
          );
          assert.ok(sameSpace(dict(fields), space));
        });
    });
  }

  it('has the choices of PufferLib for actions', () => {
    for (const { space, emulated } of puffer_actions)
      assert.deepEqual(choicesOf(spaceOf(space)), emulated.nvec ?? [emulated.n]);
  });
});
