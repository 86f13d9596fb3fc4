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
