import { Arena, bytesOf } from '../arena.ts';
import type { ColumnarEnv } from './env.ts';
import { SerialEnvs } from './serialEnvs.ts';
import type { VectorOptions } from './vectorOptions.ts';

/** Many worlds of an env as one, in the given arena or in one of their own. */
export function vectorize(env: ColumnarEnv, options: VectorOptions, arena?: Arena): SerialEnvs {
  return new SerialEnvs(env, options, arena ?? new Arena(bytesOf(SerialEnvs.columns(env, options))));
}
