import { Arena, bytesOf, type ColumnSpecs } from '../arena.ts';
import type { Json } from '../nouns.ts';
import { type Crew, immediate } from '../workers/crew.ts';
import { crewColumns } from '../workers/crewColumns.ts';
import { originOf } from '../workers/opening.ts';
import { type CrewOptions, checkCrew, ThreadCrew } from '../workers/threadCrew.ts';
import type { AnyEnv, ColumnarEnv } from './env.ts';
import { isStructured } from './kinds.ts';
import { ParallelEnvs } from './parallelEnvs.ts';
import { SerialEnvs } from './serialEnvs.ts';
import { StructuredEnvs } from './structuredEnvs.ts';
import type { VectorEnvs } from './vectorEnvs.ts';
import type { VectorOptions } from './vectorOptions.ts';

export interface ThreadOptions extends CrewOptions {
  /** Where threads find the env, if its definition does not say: the URL of the module that exports it. */
  readonly module?: string;
}

/** The columns that an arena must have room for, if so many share the work. @throws RangeError or TypeError if an option is out of range */
export function vectorColumns(env: AnyEnv, options: VectorOptions, members = 1): ColumnSpecs {
  return isStructured(env) ? StructuredEnvs.columns(env, options, members) : SerialEnvs.columns(env, options);
}

/** The same for a crew that has the arena in common: to be made on all its threads, and begun when they are there. */
export function parallelEnvs(env: AnyEnv, options: VectorOptions, arena: Arena, crew: Crew): VectorEnvs {
  if (isStructured(env)) return new StructuredEnvs(env, options, arena, crew);
  return new ParallelEnvs(env, options, arena, crew);
}

/**
 * Many worlds of an env as one, in the given arena or in one of their own; with `workers`, on as many threads, the calling
 * one included, which `close` ends. The number of workers changes no result.
 *
 * @throws RangeError or TypeError if an option is out of range, or threads cannot find the env
 * @throws WorkerError if the threads do not come up
 */
export function vectorize(env: AnyEnv, options: VectorOptions & ThreadOptions): Promise<VectorEnvs>;
export function vectorize(env: ColumnarEnv, options: VectorOptions, arena?: Arena): SerialEnvs;
export function vectorize(env: AnyEnv, options: VectorOptions, arena?: Arena): VectorEnvs;
export function vectorize(
  env: AnyEnv,
  options: VectorOptions & Partial<ThreadOptions>,
  arena?: Arena,
): VectorEnvs | Promise<VectorEnvs> {
  const { workers, module, stepTimeout, ...vector } = options;
  if (workers === undefined) return serial(env, vector, arena);
  return threaded(env, vector, { workers, module, stepTimeout });
}

function serial(
  env: AnyEnv,
  options: VectorOptions,
  arena = new Arena(bytesOf(vectorColumns(env, options))),
): VectorEnvs {
  if (!isStructured(env)) return new SerialEnvs(env, options, arena);
  const envs = new StructuredEnvs(env, options, arena);
  immediate(envs.begin());
  return envs;
}

async function threaded(
  env: AnyEnv,
  options: VectorOptions,
  crewOptions: ThreadOptions,
): Promise<VectorEnvs> {
  checkCrew(crewOptions);
  const { workers, stepTimeout, module } = crewOptions;
  if (workers === 1 && stepTimeout === undefined) return serial(env, options);
  const origin = originOf('vectorize', env, module);
  const arena = new Arena(bytesOf(crewColumns(workers)) + bytesOf(vectorColumns(env, options, workers)));
  const crew = new ThreadCrew(arena, crewOptions, env.id);
  const envs = parallelEnvs(env, options, arena, crew);
  const opener = { module: import.meta.url, name: 'openMember' };
  try {
    await crew.start(arena, { opener, env: origin, data: options });
    await envs.begin?.();
  } catch (error) {
    crew.close();
    throw error;
  }
  const close = envs.close.bind(envs);
  return Object.assign(envs, {
    close() {
      try {
        close();
      } finally {
        crew.close();
      }
    },
  });
}

/** The same envs on a thread of the crew. */
export function openMember(env: AnyEnv, arena: Arena, crew: Crew, options: Json): VectorEnvs {
  return parallelEnvs(env, options as unknown as VectorOptions, arena, crew);
}
