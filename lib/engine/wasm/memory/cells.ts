import type { ParameterPlan } from '../parameters.ts';
import { Gru } from './gru.ts';
import { Lstm } from './lstm.ts';
import type { MemoryPlan, MemorySizes } from './memory.ts';
import { MinGru } from './minGru.ts';

export type { MemoryPlan } from './memory.ts';

const cells = { lstm: Lstm, gru: Gru, minGru: MinGru };

export type MemoryKind = keyof typeof cells;

/** Lays out a cell's tensors. @throws RangeError if there is no such cell of those sizes */
export function planMemory(
  kind: MemoryKind,
  plan: ParameterPlan,
  sizes: MemorySizes,
  rows: number,
): MemoryPlan {
  const { layers = 1 } = sizes;
  if (layers !== 1 && kind !== 'minGru')
    throw new RangeError(`planMemory: expected 1 layer of ${kind}, got ${layers}`);
  return cells[kind].plan(plan, sizes, rows);
}
