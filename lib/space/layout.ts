import { type Box, box } from './box.ts';
import type { TypedArray } from './dtype.ts';
import { type Flatten, flattener } from './flatten.ts';
import { type FlattenOptions, flattenProgram } from './flattenProgram.ts';
import { boundsOf } from './leaves.ts';
import { type Pack, packer } from './pack.ts';
import type { Infer, Space } from './space.ts';
import { type Struct, structOf } from './struct.ts';
import { unflattener } from './unflatten.ts';
import { unpacker } from './unpack.ts';

/**
 * The two flat forms of a space's values. A *packed row* is what columns hold: a C struct of the leaves, raw Discrete
 * values in it. A *flat row* is what networks read: floats, choices one-hot, as Gymnasium's `flatten` makes it.
 */
export interface Layout<S extends Space = Space> extends Struct<S> {
  /**
   * Writes a structured value into a row of a column of `dtype`. Only nested arrays make garbage.
   *
   * @param path what the value is called in a message: `observation`
   * @throws RangeError naming the path of what is not in the space; then the row is 0
   */
  readonly pack: Pack;
  /** The structured value in a row; its typed arrays are views onto the column. */
  unpack(column: TypedArray, row: number): Infer<S>;
  /**
   * Writes a structured value as `size` floats; numbers are rounded to float32, beyond whose range they are infinite.
   *
   * @throws RangeError naming the path of what is not in the space
   */
  readonly flatten: Flatten;
  /**
   * The structured value that floats stand for: of what `flatten` wrote, the value, as exactly as float32 tells it.
   *
   * @throws RangeError naming the path of choices that are not one 1 among 0s, or of what is not in the space
   */
  unflatten(flat: ArrayLike<number>, offset?: number): Infer<S>;
  /** Makes flat rows of packed ones in `flattenRows` and `gatherPacked` (lib/engine/wasm/kernels.ts). */
  program(options?: FlattenOptions): Int32Array;
}

const layouts = new WeakMap<Space, unknown>();

/** Compiled at the first call for a space. */
export function layout<S extends Space>(space: S): Layout<S> {
  const known = layouts.get(space) as Layout<S> | undefined;
  if (known) return known;
  const made = compile(space);
  layouts.set(space, made);
  return made;
}

function compile<S extends Space>(space: S): Layout<S> {
  const struct = structOf(space);
  const pack = packer(struct);
  const unpack = unpacker(struct);
  return {
    ...struct,
    pack,
    unpack: unpack as Layout<S>['unpack'],
    flatten: flattener(struct, pack),
    unflatten: unflattener(struct, unpack) as Layout<S>['unflatten'],
    program: (options) => flattenProgram(struct, options),
  };
}

/** The space of flat rows; bounds are rounded to float32, as the rows are. */
export function flatSpace(space: Space): Box<'f32', readonly [number]> {
  const { leaves, size } = structOf(space);
  const low = new Float64Array(size);
  const high = new Float64Array(size).fill(1);
  for (const leaf of leaves) {
    if (leaf.space.type !== 'Box') continue;
    const [lows, highs] = boundsOf(leaf.space);
    low.set(lows.map(Math.fround), leaf.flatOffset);
    high.set(highs.map(Math.fround), leaf.flatOffset);
  }
  return box(low, high, [size]);
}
