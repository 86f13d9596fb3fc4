import type { Dtype } from './dtype.ts';
import { field } from './paths.ts';
import type { LeafSpace, Space } from './space.ts';

/** A space that holds numbers, and where it is found in the space around it. */
export interface LeafPlace {
  /** `.inventory`, `[2].x`; empty at the root. */
  readonly path: string;
  readonly space: LeafSpace;
  /** The element type that its values are stored in. */
  readonly dtype: Dtype;
  /** How many of them a value has. */
  readonly length: number;
}

/** The leaves of a space, in the order of both flat layouts. */
export function leavesOf(space: Space, path = ''): LeafPlace[] {
  if (space.type === 'Dict')
    return space.entries.flatMap(([name, inner]) => leavesOf(inner, field(path, name)));
  if (space.type === 'Tuple') return space.spaces.flatMap((inner, i) => leavesOf(inner, `${path}[${i}]`));
  return [{ path, space, dtype: storedAs(space), length: space.type === 'Discrete' ? 1 : space.size }];
}

function storedAs(space: LeafSpace): Dtype {
  if (space.type === 'Box') return space.dtype;
  return space.type === 'MultiBinary' ? 'i8' : 'i32';
}

/** The least and the greatest value of each element. */
export function boundsOf(space: LeafSpace): readonly [low: Float64Array, high: Float64Array] {
  if (space.type === 'Box') return [space.low, space.high];
  if (space.type === 'MultiBinary')
    return [new Float64Array(space.size), new Float64Array(space.size).fill(1)];
  const [starts, sizes] = space.type === 'Discrete' ? [[space.start], [space.n]] : [space.start, space.nvec];
  return [Float64Array.from(starts), Float64Array.from(starts, (start, i) => start + sizes[i] - 1)];
}
