import { strangeName } from './dict.ts';
import { arrays, type Dtype, type TypedArray, view } from './dtype.ts';
import { type LeafPlan, planOf, writeLeaf } from './packLeaf.ts';
import type { Fields, Space } from './space.ts';
import { checkColumn, checkRow, partsOf, type Struct } from './struct.ts';

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
    const rows = checkColumn('pack', struct, column);
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

/** Bytes of a row that belong to no leaf. */
function paddingOf({ leaves, bytes }: Struct): Int32Array {
  const used = new Uint8Array(bytes);
  for (const { offset, dtype, length } of leaves)
    used.fill(1, offset, offset + length * arrays[dtype].BYTES_PER_ELEMENT);
  return Int32Array.from(used.keys()).filter((byte) => used[byte] === 0);
}
