import { Arena, bytesOf, type Column } from '../arena.ts';
import type { Json } from '../nouns.ts';
import type { Ready, Reply } from '../poolRecords.ts';
import { Turn } from '../turn.ts';
import { changed } from '../workers/changed.ts';
import { crewColumns } from '../workers/crewColumns.ts';
import { type Opening, originOf } from '../workers/opening.ts';
import { checkCrew, ThreadCrew } from '../workers/threadCrew.ts';
import type { AnyEnv } from './env.ts';
import {
  at,
  type PoolColumns,
  type PoolForm,
  poolColumns,
  takePoolColumns,
  workerOf,
} from './poolColumns.ts';
import type { VectorOptions } from './vectorOptions.ts';

export interface PoolOptions extends VectorOptions {
  /** N, worlds in a batch. */
  readonly batchSize: number;
  /** Threads that the worlds live on, beside the calling one; 1 if it is left out. */
  readonly workers?: number;
  /** Milliseconds that a world's step may take; a minute if it is left out. */
  readonly stepTimeout?: number;
  /** Where threads find the env, if its definition does not say. */
  readonly module?: string;
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
/** Milliseconds that a step may take, if nothing else was asked for. */
const STEP_TIMEOUT = 60_000;
/** Milliseconds after which the calling thread looks anyhow. */
const LOOK = 100;

/**
 * Worlds on threads, none of which waits for another: a batch is the first N of M that are ready, the others go on
 * meanwhile. For envs whose steps take unequal times, where a vector would wait for the slowest at every step.
 *
 * World i is the only world of a vector with the seed `seed + i`, and by the same actions it shows the same; so do the
 * worlds of a vector of M, if the env is in Gymnasium's form. Which worlds are in a batch is a matter of timing: unlike
 * everywhere else, the number of workers and chance decide on results.
 *
 * @see arXiv:2206.10558
 */
export class EnvPool {
  readonly env: AnyEnv;
  readonly options: PoolForm;
  /** Whose move it is; `recv` and `send` keep it. */
  readonly turn = new Turn();
  readonly #arena: Arena;
  readonly #columns: PoolColumns;
  readonly #crew: ThreadCrew;
  readonly #batch: Ready;
  readonly #play: () => Promise<void>;
  /** Worlds that are ready, in the order in which they became so. */
  readonly #waiting: number[] = [];
  /** How many have ever been. */
  #arrived = 0;
  /** Whether `batch` awaits its answer. */
  #isOut = false;
  #error: unknown;

  /** Made by `openPool`. */
  constructor(env: AnyEnv, form: PoolForm, stepTimeout: number) {
    const { workers, autoreset } = form;
    const arena = new Arena(bytesOf(poolColumns(env, form)) + bytesOf(crewColumns(workers)));
    this.env = env;
    this.options = form;
    this.#arena = arena;
    this.#crew = new ThreadCrew(arena, { workers, stepTimeout }, env.id);
    this.#columns = takePoolColumns(env, form, arena);
    this.#play = this.#crew.errand(() => {});
    const { worlds, batch } = this.#columns;
    this.#batch = {
      kind: 'ready',
      ...batch,
      worlds,
      actionMasks: batch.actionMasks.length > 0 ? batch.actionMasks : undefined,
      finalObservations: autoreset === 'SAME_STEP' ? batch.finalObservations : undefined,
    };
  }

  /** Starts the threads, which begin their worlds. */
  async start(env: Opening['env']): Promise<void> {
    const opener = {
      module: new URL(`./poolMember.${extension}`, import.meta.url).href,
      name: 'openPoolMember',
    };
    const data = this.options as unknown as Json;
    await this.#crew.start(this.#arena, { opener, env, data });
    this.#play().catch((error) => this.#end(error));
  }

  /**
   * The next batch, as soon as N worlds are ready; the same one until it is answered.
   *
   * @throws EnvError naming world and step, if an env breaks its contract; WorkerError if a thread exits, or a step takes
   * too long; Error after `close`
   */
  receive(): Ready | Promise<Ready> {
    if (this.#error) throw this.#error;
    return this.#gather() ?? this.#receiveLater();
  }

  /**
   * Sets the worlds of the batch going that was received last.
   *
   * @throws RangeError if the reply is to another one, or has not an action for each row
   */
  send({ worlds, steps, actions: told }: Reply): void {
    const { actions, sent, worlds: own, batch } = this.#columns;
    if (this.#error) throw this.#error;
    if (!(this.#isOut && isSame(worlds, own) && isSame(steps, batch.steps)))
      throw new RangeError('send: expected the answer to the batch that was received last, and one only');
    const width = actions.length / this.options.numEnvs;
    if (told.length !== own.length * width)
      throw new RangeError(
        `send: expected ${own.length * width} numbers for the actions of ${own.length} worlds, got ${told.length}`,
      );
    this.#isOut = false;
    for (const [row, world] of own.entries()) {
      for (let k = 0; k < width; k++) actions[world * width + k] = told[row * width + k];
      sent[workerOf(world, this.options)].put(world);
    }
    for (const queue of sent) queue.wake();
  }

  /** Ends the threads, and with them the worlds. */
  close(): void {
    this.#end(new Error(`openPool ${this.env.id}: the pool has been closed`));
  }

  #end(error: unknown): void {
    if (this.#error) return;
    this.#error = error;
    const { control, sent } = this.#columns;
    Atomics.store(control, at.leave, 1);
    for (const queue of sent) queue.wake();
    this.#crew.close();
    Atomics.add(control, at.rung, 1);
    Atomics.notify(control, at.rung);
  }

  async #receiveLater(): Promise<Ready> {
    const { control } = this.#columns;
    while (true) {
      const rung = Atomics.load(control, at.rung);
      const missing = this.options.batchSize - this.#waiting.length;
      Atomics.store(control, at.wanted, (this.#arrived + missing) | 0);
      if (this.#error) throw this.#error;
      const batch = this.#gather();
      if (batch) return batch;
      await changed(control, at.rung, rung, LOOK);
    }
  }

  /** The batch that is out, or the next one if it is there. */
  #gather(): Ready | undefined {
    if (this.#isOut) return this.#batch;
    const { ready, worlds } = this.#columns;
    for (const queue of ready) {
      for (let world = queue.take(); world >= 0; world = queue.take()) {
        this.#waiting.push(world);
        this.#arrived++;
      }
    }
    if (this.#waiting.length < worlds.length) return undefined;
    worlds.set(this.#waiting.splice(0, worlds.length));
    this.#copyRows();
    this.#isOut = true;
    return this.#batch;
  }

  #copyRows(): void {
    const { all, batch, worlds } = this.#columns;
    const { kernels } = this.#arena;
    for (const [name, column] of Object.entries(all) as [keyof typeof all, Column][]) {
      const pitch = column.byteLength / this.options.numEnvs;
      const [from, to] = [column.byteOffset, batch[name].byteOffset];
      for (let row = 0; row < worlds.length; row++)
        if (pitch > 0) kernels.copy(to + row * pitch, from + worlds[row] * pitch, pitch);
    }
  }
}

/**
 * Opens a pool of `numEnvs` worlds, `batchSize` of which are received at a time; `close` ends its threads. As a part of a
 * graph:
 *
 * ```ts
 * resource(
 *   () => openPool(env, { numEnvs: 32, batchSize: 8, workers: 4, seed: 1 }),
 *   (pool) => pool.close(),
 *   (pool) => recv(pool).pipe(infer(loadPoolAgent(bytes, { batchSize: 8 })), send(pool), take(1000)),
 * )
 * ```
 *
 * @throws TypeError if the threads cannot find the env, or its worlds have several agents; RangeError if an option is out
 * of range; WorkerError if the threads do not come up
 */
export async function openPool(
  env: AnyEnv,
  { module, stepTimeout = STEP_TIMEOUT, workers = 1, ...options }: PoolOptions,
): Promise<EnvPool> {
  checkCrew({ workers, stepTimeout });
  const origin = originOf('openPool', env, module);
  const pool = new EnvPool(env, { ...options, workers }, stepTimeout);
  try {
    await pool.start(origin);
  } catch (error) {
    pool.close();
    throw error;
  }
  return pool;
}

function isSame(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
