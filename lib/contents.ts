import { CheckpointError } from './errors.ts';
import type { Json } from './nouns.ts';
import { checkNames } from './restore.ts';

/** What a file may hold, by the name among its values that tells. */
const kinds = {
  pipeline: 'a run',
  state: 'a saved state of envs',
  recording: 'a recording of envs',
  // Runs hold one, too.
  agent: 'an agent alone',
} as const;

/** A file's values, which are those of the expected kind. @throws CheckpointError saying what they are instead */
export function contents<K extends keyof typeof kinds, N extends string>(
  kind: K,
  others: readonly N[],
  values: Json,
): Readonly<Record<K | N, Json>> {
  const names = typeof values === 'object' && values !== null ? Object.keys(values) : [];
  const found = Object.entries(kinds).find(([name]) => names.includes(name));
  if (found?.[0] !== kind)
    throw new CheckpointError(`checkpoint: expected ${kinds[kind]}, got ${found?.[1] ?? 'something else'}`);
  return checkNames('values', values, [kind, ...others]);
}
