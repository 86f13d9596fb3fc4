import type { ColumnType } from '../arena.ts';
import { arrays, isBig, type TypedArray } from './dtype.ts';
import { type LeafPlace, leavesOf } from './leaves.ts';
import { kindOf } from './paths.ts';
import type { LeafSpace, Space } from './space.ts';

/** Where a leaf lies in a packed row, and where in a flat row. */
export interface Leaf extends LeafPlace {
  /** Bytes from the packed row's beginning. */
  readonly offset: number;
  /** Floats from the flat row's beginning. */
  readonly flatOffset: number;
  /** One-hot choices and numbers, in floats. */
  readonly flatLength: number;
}

/** The two flat forms of a space's values, as numbers. */
export interface Struct<S extends Space = Space> {
  readonly space: S;
  readonly leaves: readonly Leaf[];
  /** A packed row as a C struct (NumPy's `align=True`): inner structs aligned, padding between and at the end, 0. */
  readonly bytes: number;
  readonly alignment: number;
  /**
   * The column of packed rows: the element type of all leaves, if they share one that columns have, and then there is
   * no padding; else bytes.
   */
  readonly dtype: ColumnType;
  /** Elements of the column a row. */
  readonly width: number;
  /** Floats of a flat row: Gymnasium's `flatdim`. */
  readonly size: number;
}

export function structOf<S extends Space>(space: S): Struct<S> {
  const offsets: number[] = [];
  const bytes = place(space, 0, offsets);
  let size = 0;
  const leaves = leavesOf(space).map((leaf, i): Leaf => {
    const flatLength = flatLengthOf(leaf.space);
    size += flatLength;
    return { ...leaf, offset: offsets[i], flatOffset: size - flatLength, flatLength };
  });
  const { dtype } = leaves[0];
  const shared = !isBig(dtype) && leaves.every((leaf) => leaf.dtype === dtype);
  return {
    space,
    leaves,
    bytes,
    alignment: alignmentOf(space),
    dtype: shared ? dtype : 'u8',
    width: shared ? bytes / arrays[dtype].BYTES_PER_ELEMENT : bytes,
    size,
  };
}

/** Lists the offsets of the leaves of a struct that begins at `start`; returns where the struct ends. */
function place(space: Space, start: number, offsets: number[]): number {
  let end = roundUp(start, alignmentOf(space));
  const parts = partsOf(space);
  if (!parts) {
    offsets.push(end);
    const [{ dtype, length }] = leavesOf(space);
    return end + length * arrays[dtype].BYTES_PER_ELEMENT;
  }
  for (const part of parts) end = place(part, end, offsets);
  return roundUp(end, alignmentOf(space));
}

/** The greatest element size. */
function alignmentOf(space: Space): number {
  return leavesOf(space).reduce((most, { dtype }) => Math.max(most, arrays[dtype].BYTES_PER_ELEMENT), 1);
}

/** The spaces that a space consists of, in order; undefined if it is a leaf. */
export function partsOf(space: Space): readonly Space[] | undefined {
  if (space.type === 'Dict') return space.entries.map(([, part]) => part);
  return space.type === 'Tuple' ? space.spaces : undefined;
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

function flatLengthOf(space: LeafSpace): number {
  if (space.type === 'Discrete') return space.n;
  return space.type === 'MultiDiscrete' ? space.nvec.reduce((sum, n) => sum + n, 0) : space.size;
}

/** How many packed rows a column holds. @throws RangeError unless it can hold any */
export function checkColumn(caller: string, struct: Struct, column: TypedArray): number {
  const { dtype, width, alignment } = struct;
  if (!(column instanceof arrays[dtype]))
    throw new RangeError(`${caller}: expected a column of ${dtype}, got ${kindOf(column)}`);
  const { byteOffset } = column;
  if (byteOffset % alignment !== 0)
    throw new RangeError(`${caller}: expected a column aligned to ${alignment} bytes, got ${byteOffset}`);
  return Math.floor(column.length / width);
}

/** @throws RangeError unless there is such a row */
export function checkRow(caller: string, rows: number, row: number): void {
  if (!(Number.isInteger(row) && row >= 0 && row < rows))
    throw new RangeError(`${caller}: expected a row in [0, ${rows}), got ${row}`);
}
