import type { Column } from '../arena.ts';
import type { RowGroup } from './vectorEnvs.ts';

/** What a replay compares of a kind of agents, in order. */
export function fieldsOf(group: RowGroup): readonly (readonly [name: string, column: Column])[] {
  const { observations, actionMasks, rewards, terminations, truncations, masks } = group;
  const fields = { observations, actionMasks, rewards, terminations, truncations, masks };
  return Object.entries(fields).filter((field): field is [string, Column] => field[1] !== undefined);
}
