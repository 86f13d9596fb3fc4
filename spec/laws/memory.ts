import { Arena, bytesOf, type ColumnSpecs, type Columns } from '../../lib/arena.ts';
import type { AnyEnv } from '../../lib/env/env.ts';
import type { VectorEnvs } from '../../lib/env/vectorEnvs.ts';
import { vectorColumns, vectorize } from '../../lib/env/vectorize.ts';
import type { VectorOptions } from '../../lib/env/vectorOptions.ts';
import { noteOpened } from './opened.ts';

/** A case takes some kilobytes, and a memory of its own for each would be slow: they share larger ones. */
const SIZE = 2 ** 23;

let arena: Arena | undefined;
let left = 0;

function room(bytes: number): Arena {
  if (!arena || bytes > left) {
    left = Math.max(bytes, SIZE);
    arena = new Arena(left);
  }
  left -= bytes;
  return arena;
}

/** Zeroed columns that nothing else uses. */
export function columns<const S extends ColumnSpecs>(specs: S): Columns<S> {
  return room(bytesOf(specs)).take(specs);
}

/** A new vector of an env, which is closed when the case is over. */
export function vector(env: AnyEnv, options: VectorOptions): VectorEnvs {
  const envs = vectorize(env, options, room(bytesOf(vectorColumns(env, options))));
  noteOpened(envs);
  return envs;
}
