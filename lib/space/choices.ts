import { leavesOf } from './leaves.ts';
import type { LeafSpace, Space } from './space.ts';

/** A categorical part of an action: value = start + index, index in 0 … size − 1. */
export interface Component {
  readonly size: number;
  readonly start: number;
}

/**
 * The categorical components of an action space that consists of Discrete, MultiDiscrete and MultiBinary (a component
 * of 2 for each bit), nested or not; undefined if a part of it is a Box. PufferLib's MultiDiscrete.
 */
export function componentsOf(space: Space): readonly Component[] | undefined {
  const parts = leavesOf(space).map(({ space: leaf }) => leafComponents(leaf));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

function leafComponents(space: LeafSpace): Component[] | undefined {
  if (space.type === 'Box') return undefined;
  if (space.type === 'Discrete') return [{ size: space.n, start: space.start }];
  if (space.type === 'MultiBinary') return Array.from({ length: space.size }, () => ({ size: 2, start: 0 }));
  return Array.from(space.nvec, (size, i) => ({ size, start: space.start[i] }));
}

/** The sizes of the components, or undefined if a part of the space is a Box. */
export function choicesOf(space: Space): readonly number[] | undefined {
  return componentsOf(space)?.map(({ size }) => size);
}
