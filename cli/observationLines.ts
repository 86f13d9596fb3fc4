import type { RowGroup } from '../lib/env/vectorEnvs.ts';
import { layout } from '../lib/space/layout.ts';
import { leavesOf } from '../lib/space/leaves.ts';
import type { Space } from '../lib/space/space.ts';
import { digits } from './format.ts';

/** What the rows of all groups show, as text: a line for each part that has a name, one for each row of a grid. */
export function observationLines(groups: readonly RowGroup[]): string[] {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  return groups.flatMap((group) =>
    Array.from({ length: group.rows }, (_, row) => {
      const who = rows > 1 ? `${group.kind} ${row} ` : '';
      const seen = layout(group.observation).unpack(group.observations, row);
      return partsOf(group.observation, seen).flatMap(([name, value, width]) => {
        const label = `${who}${name || 'observation'}`.padEnd(16);
        return gridOf(value, width).map((line, k) => `${k === 0 ? label : ' '.repeat(label.length)} ${line}`);
      });
    }).flat(),
  );
}

type Part = readonly [name: string, value: unknown, width: number];

/** The leaves of a value, with their paths, and how many numbers a line is to have. */
function partsOf(space: Space, value: unknown): Part[] {
  const values: unknown[] = [];
  const collect = (inner: Space, part: unknown): void => {
    if (inner.type === 'Dict')
      for (const [name, field] of inner.entries) collect(field, (part as Record<string, unknown>)[name]);
    else if (inner.type === 'Tuple')
      for (const [i, field] of inner.spaces.entries()) collect(field, (part as unknown[])[i]);
    else values.push(part);
  };
  collect(space, value);
  return leavesOf(space).map(({ path, space: leaf, length }, i) => {
    const shape = leaf.type === 'Discrete' ? [] : leaf.shape;
    return [path.replace(/^\./, ''), values[i], shape.length > 1 ? (shape.at(-1) as number) : length];
  });
}

function gridOf(value: unknown, width: number): string[] {
  const numbers = typeof value === 'object' ? Array.from(value as ArrayLike<number>) : [value as number];
  const words = numbers.map((number) => digits(Number(number)));
  const widest = Math.max(...words.map((word) => word.length));
  const lines: string[] = [];
  for (let i = 0; i < words.length; i += width)
    lines.push(
      words
        .slice(i, i + width)
        .map((word) => word.padStart(widest))
        .join(' '),
    );
  return lines;
}
