import { within } from './box.ts';
import { strangeName } from './dict.ts';
import { arrays, type Dtype, isBig, isFloat, rangeOf, type TypedArray, view } from './dtype.ts';
import { boundsOf } from './leaves.ts';
import { elementsOf } from './numbers.ts';
import type { Fields, Space } from './space.ts';
import { checkColumn, checkRow, type Leaf, partsOf, type Struct } from './struct.ts';

/** Writes a structured value into a row of a column of packed rows. */
export type Pack = (value: unknown, column: TypedArray, row: number, path?: string) => void;

/** A part of a structured value: where to find it, and what becomes of it. Parents come before their parts. */
interface Part {
  readonly parent: number;
  readonly key: string | number;
  /** How many parts a Dict or Tuple has. */
  readonly length: number;
  /** Of a Dict. */
  readonly fields: Fields | undefined;
  readonly leaf: LeafPlan | undefined;
}

interface LeafPlan {
  readonly dtype: Dtype;
  /** Of typed arrays of the type. */
  readonly prototype: object;
  /** Which of the views. */
  readonly view: number;
  /** Elements of the view from one row to the next, and from the row's beginning to the leaf. */
  readonly pitch: number;
  readonly at: number;
  readonly length: number;
  readonly shape: readonly number[];
  /** A number alone is a value of it. */
  readonly scalar: boolean;
  /** Arrays are values of it. */
  readonly array: boolean;
  readonly lows: Float64Array;
  readonly highs: Float64Array;
  /** There is nothing to compare: every element of the type is between the bounds, and they are many. */
  readonly free: boolean;
}

/** A column's memory by the element types of the leaves, and as bytes. */
interface Views {
  readonly rows: number;
  readonly byDtype: readonly TypedArray[];
  readonly bytes: Uint8Array;
}

/** Compiles a space once, so that values are checked and written by a loop, without recursion or garbage. */
export function packer(struct: Struct): Pack {
  const { space, leaves, bytes } = struct;
  const dtypes = [...new Set(leaves.map(({ dtype }) => dtype))];
  const parts = compile(struct, dtypes);
  const padding = paddingOf(struct);
  const known = new WeakMap<TypedArray, Views>();
  const containers: unknown[] = parts.map(() => undefined);

  const viewsOf = (column: TypedArray): Views => {
    const { rows } = checkColumn('pack', struct, column);
    const { buffer, byteOffset, byteLength } = column;
    const byDtype = dtypes.map((dtype) =>
      view(dtype, buffer, byteOffset, Math.floor(byteLength / arrays[dtype].BYTES_PER_ELEMENT)),
    );
    const views = { rows, byDtype, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
    known.set(column, views);
    return views;
  };

  return (value, column, row, path = 'value') => {
    const views = known.get(column) ?? viewsOf(column);
    checkRow('pack', views.rows, row);
    if (write(parts, containers, value, views.byDtype, row)) {
      for (let i = 0; i < padding.length; i++) views.bytes[row * bytes + padding[i]] = 0;
      return;
    }
    views.bytes.fill(0, row * bytes, (row + 1) * bytes);
    throw new RangeError(space.problem(value, path) ?? `${path}: changed while it was read`);
  };
}

function write(
  parts: readonly Part[],
  containers: unknown[],
  value: unknown,
  views: readonly TypedArray[],
  row: number,
): boolean {
  for (let i = 0; i < parts.length; i++) {
    const { parent, key, length, fields, leaf } = parts[i];
    const item = i === 0 ? value : (containers[parent] as Record<string | number, unknown>)[key];
    if (leaf) {
      if (!writeLeaf(leaf, item, views[leaf.view], row)) return false;
    } else {
      if (!(fields ? isDict(item, length, fields) : Array.isArray(item) && item.length === length))
        return false;
      containers[i] = item;
    }
  }
  return true;
}

function isDict(value: unknown, length: number, fields: Fields): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    return false;
  let count = 0;
  for (const _ in value) count++;
  // Fields that a class computes are not counted, but the names tell; looking each up takes four times as long.
  const plain = count === length && Object.getPrototypeOf(value) === Object.prototype;
  return plain || strangeName(value, fields) === undefined;
}

function writeLeaf(leaf: LeafPlan, value: unknown, to: TypedArray, row: number): boolean {
  const at = row * leaf.pitch + leaf.at;
  if (typeof value === 'number') return leaf.scalar && writeElement(leaf, value, to, at, 0);
  if (!leaf.array) return false;
  // Of a class made from the type, or of another type, this is not the prototype: slower, but no less exact.
  if (Object.getPrototypeOf(value ?? leaf) === leaf.prototype)
    return writeTyped(leaf, value as TypedArray, to, at);
  const flat = Array.isArray(value) && value.length === leaf.length && !Array.isArray(value[0]);
  const elements = flat ? value : elementsOf(value, leaf.shape, leaf.dtype, '');
  if (typeof elements === 'string') return false;
  for (let i = 0; i < leaf.length; i++) if (!writeElement(leaf, elements[i], to, at, i)) return false;
  return true;
}

function writeElement(leaf: LeafPlan, element: unknown, to: TypedArray, at: number, i: number): boolean {
  if (!within(element, leaf.dtype, leaf.lows[i], leaf.highs[i])) return false;
  to[at + i] = (isBig(leaf.dtype) ? BigInt(element as number) : element) as never;
  return true;
}

function writeTyped(leaf: LeafPlan, from: TypedArray, to: TypedArray, at: number): boolean {
  if (from.length !== leaf.length) return false;
  if (leaf.free) {
    to.set(from as never, at);
    return true;
  }
  if (leaf.dtype === 'f32') return copyFloats(leaf, from as Float32Array, to as Float32Array, at);
  if (leaf.dtype === 'u8') return copyBytes(leaf, from as Uint8Array, to as Uint8Array, at);
  return copy(leaf, from as Float64Array, to as Float64Array, at);
}

// One loop for each of the usual element types: a loop that has seen several is compiled to slower code.

function copyFloats(
  { length, lows, highs }: LeafPlan,
  from: Float32Array,
  to: Float32Array,
  at: number,
): boolean {
  for (let i = 0; i < length; i++) {
    const element = from[i];
    if (!(element >= lows[i] && element <= highs[i])) return false;
    to[at + i] = element;
  }
  return true;
}

function copyBytes({ length, lows, highs }: LeafPlan, from: Uint8Array, to: Uint8Array, at: number): boolean {
  for (let i = 0; i < length; i++) {
    const element = from[i];
    if (!(element >= lows[i] && element <= highs[i])) return false;
    to[at + i] = element;
  }
  return true;
}

function copy({ length, lows, highs }: LeafPlan, from: Float64Array, to: Float64Array, at: number): boolean {
  for (let i = 0; i < length; i++) {
    const element = from[i];
    if (!(element >= lows[i] && element <= highs[i])) return false;
    to[at + i] = element;
  }
  return true;
}

function compile({ space, leaves, bytes }: Struct, dtypes: readonly Dtype[]): readonly Part[] {
  const parts: Part[] = [];
  let next = 0;
  const add = (inner: Space, parent: number, key: string | number) => {
    const inside = partsOf(inner);
    const leaf = inside ? undefined : planOf(leaves[next++], bytes, dtypes);
    const fields = inner.type === 'Dict' ? inner.fields : undefined;
    const self = parts.push({ parent, key, length: inside?.length ?? 0, fields, leaf }) - 1;
    for (const [i, part] of (inside ?? []).entries())
      add(part, self, inner.type === 'Dict' ? inner.entries[i][0] : i);
  };
  add(space, -1, '');
  return parts;
}

function planOf({ space, dtype, length, offset }: Leaf, bytes: number, dtypes: readonly Dtype[]): LeafPlan {
  const size = arrays[dtype].BYTES_PER_ELEMENT;
  const [low, high] = boundsOf(space);
  // As the type rounds them, and finite, so that two comparisons refuse NaN and infinities as well.
  const most = dtype === 'f32' ? 3.4028234663852886e38 : Number.MAX_VALUE;
  const stored = (bound: number) =>
    Math.max(-most, Math.min(most, dtype === 'f32' ? Math.fround(bound) : bound));
  const [least, greatest] = rangeOf(dtype);
  return {
    dtype,
    prototype: arrays[dtype].prototype,
    view: dtypes.indexOf(dtype),
    pitch: bytes / size,
    at: offset / size,
    length,
    shape: space.type === 'Discrete' ? [] : space.shape,
    scalar: space.type === 'Discrete' || space.shape.length === 0,
    array: space.type !== 'Discrete',
    lows: low.map(stored),
    highs: high.map(stored),
    free:
      length >= 64 &&
      !isFloat(dtype) &&
      low.every((bound) => bound === least) &&
      high.every((bound) => bound === greatest),
  };
}

/** Bytes of a row that belong to no leaf. */
function paddingOf({ leaves, bytes }: Struct): Int32Array {
  const used = new Uint8Array(bytes);
  for (const { offset, dtype, length } of leaves)
    used.fill(1, offset, offset + length * arrays[dtype].BYTES_PER_ELEMENT);
  return Int32Array.from(used.keys()).filter((byte) => used[byte] === 0);
}
