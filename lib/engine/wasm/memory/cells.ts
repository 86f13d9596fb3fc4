import type { ParameterPlan } from '../parameters.ts';
import { Lstm } from './lstm.ts';
import type { MemoryPlan, MemorySizes } from './memory.ts';

const cells = { lstm: Lstm } as const;

/** Lays a cell of a kind out. @throws RangeError if its sizes do not fit */
export function planMemory(
  kind: 'lstm' | 'gru' | 'minGru',
  plan: ParameterPlan,
  sizes: MemorySizes,
  rows: number,
): MemoryPlan {
  if (kind !== 'minGru' && (sizes.layers ?? 1) !== 1)
    throw new RangeError(`network: memory: expected 1 layer of ${kind}, got ${sizes.layers}`);
  return cells[kind as 'lstm'].plan(plan, sizes, rows);
}
