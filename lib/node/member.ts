import { Arena } from '../arena.ts';
import type { AnyEnv } from '../env/env.ts';
import { WorkerError } from '../errors.ts';
import type { Json } from '../nouns.ts';
import { platform } from '../platform.ts';
import type { Crew } from '../workers/crew.ts';
import { CrewMember } from '../workers/crewMember.ts';
import type { Opening, StartOptions } from '../workers/opening.ts';
import { askedForThreads } from './crewThread.ts';
import { loadModule } from './loadModule.ts';

/** Milliseconds that a module has to be loaded once it has asked for threads of its own, for which it may be waiting. */
const GRACE = 1000;

/** What a thread is given. */
export interface MemberStart extends Omit<StartOptions, 'members'> {
  readonly member: number;
}

/** Makes a member's nouns over columns that are there and written. */
export type Opener = (env: AnyEnv, arena: Arena, crew: Crew, data: Json) => { close?(): void } | undefined;

/** A thread's whole task: it opens its nouns, works for its crew, and leaves. */
export async function serve({ memory, build, size, member, opening }: MemberStart): Promise<void> {
  const arena = Arena.over(memory, build);
  const crew = new CrewMember(arena, size, member);
  const exit = () => crew.gone();
  process.once('exit', exit);
  try {
    const env = await findEnv(opening.env);
    const { module, name } = opening.opener;
    const open = ((await import(module)) as Record<string, Opener>)[name];
    const nouns = open(env, arena, crew, opening.data as Json);
    crew.serve();
    nouns?.close?.();
  } finally {
    process.off('exit', exit);
  }
}

async function findEnv({ module, id }: Opening['env']): Promise<AnyEnv> {
  const exports = Object.values(await loaded(module));
  const ids = exports.map((each) => (each as Partial<AnyEnv> | undefined)?.id);
  const found = exports[ids.indexOf(id)];
  if (found) return found as AnyEnv;
  const others = ids.filter((each) => each !== undefined).join(', ') || 'none';
  throw new TypeError(`${module}: expected an export that is the env ${id}, found ${others}`);
}

/** @throws WorkerError that names the module, with the stack of what it threw */
async function loaded(module: string): Promise<Record<string, unknown>> {
  try {
    return await Promise.race([loadModule(module), refusal()]);
  } catch (thrown) {
    const { message = String(thrown), stack } = (thrown ?? {}) as Partial<Error>;
    const error = new WorkerError(`${module}: ${message}`, { cause: thrown });
    error.stack = `${error.name}: ${error.message}\n${stack ?? ''}`;
    throw error;
  }
}

/** @throws WorkerError if what is being loaded asks for threads, which it does not get, and may wait for them forever */
async function refusal(): Promise<never> {
  await askedForThreads();
  await platform.pause(GRACE);
  throw new WorkerError(
    'it waits for threads of its own as it is loaded: keep the env in a module that does not train',
  );
}
