import { record } from './dict.ts';
import { type TypedArray, view } from './dtype.ts';
import type { Space } from './space.ts';
import { checkColumn, checkRow, type Leaf, type Struct } from './struct.ts';

/** The structured value in a row of a column of packed rows. */
export type Unpack = (column: TypedArray, row: number) => unknown;

/** Reads what begins at a byte of a buffer. */
type Read = (buffer: ArrayBufferLike, start: number) => unknown;

export function unpacker(struct: Struct): Unpack {
  const read = readerOf(struct.space, struct.leaves.values());
  return (column, row) => {
    checkRow('unpack', checkColumn('unpack', struct, column), row);
    return read(column.buffer, column.byteOffset + row * struct.bytes);
  };
}

function readerOf(space: Space, leaves: Iterator<Leaf>): Read {
  if (space.type === 'Tuple') {
    const readers = space.spaces.map((part) => readerOf(part, leaves));
    return (buffer, start) => readers.map((read) => read(buffer, start));
  }
  if (space.type === 'Dict') {
    const readers = space.entries.map(([name, part]) => [name, readerOf(part, leaves)] as const);
    return (buffer, start) => record(readers.map(([name, read]) => [name, read(buffer, start)]));
  }
  const { dtype, offset, length } = leaves.next().value as Leaf;
  const read = (buffer: ArrayBufferLike, start: number) => view(dtype, buffer, start + offset, length);
  const scalar = space.type === 'Discrete' || space.shape.length === 0;
  return scalar ? (buffer, start) => read(buffer, start)[0] : read;
}
