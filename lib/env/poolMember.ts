import { Arena, bytesOf } from '../arena.ts';
import { EnvError } from '../errors.ts';
import type { Json } from '../nouns.ts';
import { type Crew, immediate } from '../workers/crew.ts';
import type { AnyEnv } from './env.ts';
import { at, type PoolColumns, type PoolForm, takePoolColumns, workerOf } from './poolColumns.ts';
import type { VectorEnvs } from './vectorEnvs.ts';
import { vectorColumns, vectorize } from './vectorize.ts';

/** Milliseconds that a thread without work sleeps before it says that it is there. */
const NAP = 20;

/** What a thread of a pool has to do: its worlds live with it, and step in the order in which they were sent. */
export function openPoolMember(env: AnyEnv, arena: Arena, crew: Crew, data: Json): { close(): void } {
  const form = data as unknown as PoolForm;
  const columns = takePoolColumns(env, form, arena);
  const worlds = new Map<number, PoolWorld>();
  crew.task((member) => {
    const { control } = columns;
    const [sent, ready] = [columns.sent[member], columns.ready[member]];
    const tell = (world: number) => {
      ready.put(world);
      const pushed = Atomics.add(control, at.pushed, 1) + 1;
      if (((pushed - Atomics.load(control, at.wanted)) | 0) < 0) return;
      Atomics.add(control, at.rung, 1);
      Atomics.notify(control, at.rung);
    };
    const isLeaving = () => Atomics.load(control, at.leave) === 1;
    const own = Array.from({ length: form.numEnvs }, (_, world) => world).filter(
      (world) => workerOf(world, form) === member,
    );
    const room = new Arena(own.length * bytesOf(vectorColumns(env, { ...form, numEnvs: 1 })));
    for (const world of own) {
      if (isLeaving()) return;
      crew.report(member, 0, world, world + 1);
      worlds.set(world, new PoolWorld(env, form, world, room, columns));
      tell(world);
    }
    while (!isLeaving()) {
      const world = worlds.get(sent.take());
      if (world) {
        crew.report(member, world.t, world.index, world.index + 1);
        world.step();
        tell(world.index);
      } else {
        crew.report(member, 0, 0, 0);
        sent.wait(NAP);
      }
    }
  });
  return {
    close() {
      for (const world of worlds.values()) world.close();
    },
  };
}

/** A world of a pool: the only one of a vector, whose row it copies to where the pool has its own. */
class PoolWorld {
  readonly index: number;
  readonly #envs: VectorEnvs;
  readonly #columns: PoolColumns;

  /** @throws EnvError if the env breaks its contract as it begins */
  constructor(env: AnyEnv, form: PoolForm, index: number, arena: Arena, columns: PoolColumns) {
    this.index = index;
    this.#columns = columns;
    const { seed, autoreset, params } = form;
    const options = { numEnvs: 1, seed: seed + index, autoreset, params };
    this.#envs = this.#named(() => vectorize(env, options, arena));
    this.#show();
    // No step has led here.
    columns.all.masks[index] = 0;
  }

  /** The step that it is at. */
  get t(): number {
    return this.#envs.t;
  }

  /** Acts by the row of `actions`. @throws EnvError if the env breaks its contract */
  step(): void {
    const [{ actions }] = this.#envs.groups;
    const from = this.index * actions.length;
    actions.set(this.#columns.actions.subarray(from, from + actions.length));
    this.#named(() => immediate(this.#envs.advance()));
    this.#show();
  }

  close(): void {
    this.#envs.close();
  }

  #show(): void {
    const { all } = this.#columns;
    const [{ observations, actionMasks, rewards, terminations, truncations, masks, finalObservations }] =
      this.#envs.groups;
    const { index } = this;
    all.steps[index] = this.#envs.t;
    all.observations.set(observations, index * observations.length);
    if (actionMasks) all.actionMasks.set(actionMasks, index * actionMasks.length);
    all.rewards[index] = rewards[0];
    all.terminations[index] = terminations[0];
    all.truncations[index] = truncations[0];
    all.masks[index] = masks[0];
    if (finalObservations) all.finalObservations.set(finalObservations, index * finalObservations.length);
  }

  /** @throws EnvError with the world's number in the pool */
  #named<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
      const { env, step, agent, problem } = error;
      throw new EnvError(env, this.index, step, problem, { agent, cause: error.cause ?? error });
    }
  }
}
