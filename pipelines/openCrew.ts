import { Arena, bytesOf } from '../lib/arena.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import type { ThreadOptions } from '../lib/env/vectorize.ts';
import type { Json } from '../lib/nouns.ts';
import type { Crew } from '../lib/workers/crew.ts';
import { crewColumns } from '../lib/workers/crewColumns.ts';
import { originOf } from '../lib/workers/opening.ts';
import { ThreadCrew } from '../lib/workers/threadCrew.ts';
import type { Opened } from './pipeline.ts';

/** What is to be made with a crew: nouns that take so many bytes of an arena. */
export interface CrewPlan<N> {
  readonly bytes: number;
  make(arena: Arena, crew: Crew): N;
}

/** How threads make the same nouns: the URL of a module, whose `openMember` is told the data. */
export interface MemberOpener {
  readonly module: string;
  readonly data: Json;
}

/**
 * Makes nouns with a crew of threads, which share the work, and brings the threads up.
 *
 * @throws TypeError if the threads cannot find the env; WorkerError if they do not come up
 */
export async function openCrew<N extends Opened>(
  env: AnyEnv,
  { deterministic }: { readonly deterministic: boolean },
  { module, ...options }: ThreadOptions,
  member: MemberOpener,
  plan: () => CrewPlan<N>,
): Promise<N> {
  const origin = originOf('workers', env, module);
  const { bytes, make } = plan();
  const arena = new Arena(bytesOf(crewColumns(options.workers)) + bytes, { deterministic });
  const crew = new ThreadCrew(arena, options, env.id);
  const nouns = make(arena, crew);
  const close = () => {
    try {
      nouns.close();
    } finally {
      crew.close();
    }
  };
  try {
    const opener = { module: member.module, name: 'openMember' };
    await crew.start(arena, { opener, env: origin, data: member.data });
    await nouns.envs.begin?.();
  } catch (error) {
    close();
    throw error;
  }
  return { ...nouns, close, isBusy: () => crew.isBusy || nouns.isBusy() };
}
