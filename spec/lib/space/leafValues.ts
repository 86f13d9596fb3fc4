import type { Space } from '../../../lib/space/space.ts';

/** The elements of the leaves of a value, in order. */
export function leafValues(space: Space, value: unknown): ArrayLike<unknown>[] {
  if (space.type === 'Tuple')
    return space.spaces.flatMap((part, i) => leafValues(part, (value as readonly unknown[])[i]));
  if (space.type === 'Dict')
    return space.entries.flatMap(([name, part]) =>
      leafValues(part, (value as Readonly<Record<string, unknown>>)[name]),
    );
  return [ArrayBuffer.isView(value) ? (value as unknown as ArrayLike<unknown>) : [value]];
}

/** A copy of a value in which one leaf, by its number, is something else. */
export function replaceLeaf(space: Space, value: unknown, leaf: number, by: unknown): unknown {
  return mapLeaves(space, value, (old, i) => (i === leaf ? by : old));
}

/** A copy of a value with every leaf changed. */
export function mapLeaves(
  space: Space,
  value: unknown,
  change: (leaf: unknown, i: number) => unknown,
): unknown {
  let next = 0;
  const walk = (inner: Space, part: unknown): unknown => {
    if (inner.type === 'Tuple') return inner.spaces.map((space, i) => walk(space, (part as unknown[])[i]));
    if (inner.type === 'Dict')
      return Object.fromEntries(
        inner.entries.map(([name, space]) => [name, walk(space, (part as Record<string, unknown>)[name])]),
      );
    return change(part, next++);
  };
  return walk(space, value);
}
