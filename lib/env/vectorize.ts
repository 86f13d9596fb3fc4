import { Arena, bytesOf, type ColumnSpecs } from '../arena.ts';
import { type Crew, immediate } from '../workers/crew.ts';
import type { AnyEnv, ColumnarEnv } from './env.ts';
import { isStructured } from './kinds.ts';
import { ParallelEnvs } from './parallelEnvs.ts';
import { SerialEnvs } from './serialEnvs.ts';
import { StructuredEnvs } from './structuredEnvs.ts';
import type { VectorEnvs } from './vectorEnvs.ts';
import type { VectorOptions } from './vectorOptions.ts';

/** The columns that an arena must have room for, if so many share the work. @throws RangeError or TypeError if an option is out of range */
export function vectorColumns(env: AnyEnv, options: VectorOptions, members = 1): ColumnSpecs {
  return isStructured(env) ? StructuredEnvs.columns(env, options, members) : SerialEnvs.columns(env, options);
}

/** The same for a crew that has the arena in common: to be made on all its threads, and begun when they are there. */
export function parallelEnvs(env: AnyEnv, options: VectorOptions, arena: Arena, crew: Crew): VectorEnvs {
  if (isStructured(env)) return new StructuredEnvs(env, options, arena, crew);
  return new ParallelEnvs(env, options, arena, crew);
}

/** Many worlds of an env as one, in the given arena or in one of their own. */
export function vectorize(env: ColumnarEnv, options: VectorOptions, arena?: Arena): SerialEnvs;
export function vectorize(env: AnyEnv, options: VectorOptions, arena?: Arena): VectorEnvs;
export function vectorize(
  env: AnyEnv,
  options: VectorOptions,
  arena = new Arena(bytesOf(vectorColumns(env, options))),
): VectorEnvs {
  if (!isStructured(env)) return new SerialEnvs(env, options, arena);
  const envs = new StructuredEnvs(env, options, arena);
  immediate(envs.begin());
  return envs;
}
