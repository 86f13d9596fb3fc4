import { Piscina } from 'piscina';
import { WorkerError } from '../errors.ts';
import type { StartOptions, Threads } from '../workers/opening.ts';
import { askForThreads } from './crewThread.ts';
import type { MemberStart } from './member.ts';

/** Milliseconds that a thread has to leave before it is ended. */
const GRACE = 1000;
/** Milliseconds that threads without work are kept for the next crew. */
const IDLE = 500;

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const MOST_THREADS = 256;
/** Told of what befalls threads that have nothing to do yet. */
const troubled = new Set<(error: Error) => void>();
let pool: Piscina | undefined;
let crews = 0;
let running = 0;

/** The pool, which crews share; it lives as long as one of them. */
function hold(threads: number): Piscina {
  if (running + threads > MOST_THREADS)
    throw new WorkerError(`workers: expected at most ${MOST_THREADS} threads, got ${running + threads}`);
  crews++;
  running += threads;
  pool ??= openPool();
  return pool;
}

function openPool(): Piscina {
  const { execArgv } = process;
  // A thread runs a file, of which this cannot be said; then only what loads modules is handed on.
  const isTyped = execArgv.some((option) => option.startsWith('--input-type'));
  const opened = new Piscina({
    filename: new URL(`./worker.${extension}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: MOST_THREADS,
    idleTimeout: IDLE,
    concurrentTasksPerWorker: 1,
    // A member sleeps on words of its own.
    atomics: 'disabled',
    ...(isTyped && { execArgv: execArgv.filter((option) => option.startsWith('--import=')) }),
  });
  opened.on('error', (error: Error) => {
    for (const tell of troubled) tell(error);
  });
  return opened;
}

async function letGo(threads: number): Promise<void> {
  running -= threads;
  if (--crews > 0 || !pool) return;
  const idle = pool;
  pool = undefined;
  await idle.destroy();
}

/** Starts a thread for each of these members; on a thread of a crew it never answers. */
export async function startThreads({
  memory,
  build,
  size,
  members,
  opening,
}: StartOptions): Promise<Threads> {
  // A script that trains, and has the env too, is run by each thread that loads it: threads would start threads, and so on.
  if (askForThreads()) return new Promise(() => {});
  const threads = hold(members.length);
  const aborters = members.map(() => new AbortController());
  let leaving = false;
  const tasks = members.map(async (member, i) => {
    const start: MemberStart = { memory, build, size, member, opening };
    try {
      await threads.run(start, { signal: aborters[i].signal });
    } catch (error) {
      if (leaving) return;
      const { message, stack } = error as Error;
      const failure = new WorkerError(`worker ${member}: ${message}`, { cause: error });
      failure.stack = stack;
      throw failure;
    }
    if (!leaving) throw new WorkerError(`worker ${member}: the thread has left before its time`);
  });
  let trouble = (_: Error) => {};
  const troubles = new Promise<never>((_, reject) => {
    trouble = ({ message }) => reject(new WorkerError(`workers: a thread has failed: ${message}`));
  });
  troubled.add(trouble);
  const ended = Promise.race([Promise.all(tasks), troubles]).then(() => {});
  const over = Promise.allSettled(tasks).then(() => {
    troubled.delete(trouble);
    return letGo(members.length);
  });
  return {
    ended,
    stop() {
      leaving = true;
      const timer = setTimeout(() => {
        for (const aborter of aborters) aborter.abort();
      }, GRACE);
      timer.unref();
      void over.then(() => clearTimeout(timer));
    },
  };
}
