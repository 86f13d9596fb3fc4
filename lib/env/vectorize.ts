import { Arena, bytesOf, type ColumnSpecs } from '../arena.ts';
import type { AnyEnv, ColumnarEnv } from './env.ts';
import { isStructured } from './kinds.ts';
import { SerialEnvs } from './serialEnvs.ts';
import { StructuredEnvs } from './structuredEnvs.ts';
import type { VectorEnvs } from './vectorEnvs.ts';
import type { VectorOptions } from './vectorOptions.ts';

/** The columns that an arena must have room for. @throws RangeError or TypeError if an option is out of range */
export function vectorColumns(env: AnyEnv, options: VectorOptions): ColumnSpecs {
  return isStructured(env) ? StructuredEnvs.columns(env, options) : SerialEnvs.columns(env, options);
}

/** Many worlds of an env as one, in the given arena or in one of their own. */
export function vectorize(env: ColumnarEnv, options: VectorOptions, arena?: Arena): SerialEnvs;
export function vectorize(env: AnyEnv, options: VectorOptions, arena?: Arena): VectorEnvs;
export function vectorize(
  env: AnyEnv,
  options: VectorOptions,
  arena = new Arena(bytesOf(vectorColumns(env, options))),
): VectorEnvs {
  return isStructured(env) ? new StructuredEnvs(env, options, arena) : new SerialEnvs(env, options, arena);
}
