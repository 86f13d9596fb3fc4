import { CheckpointError } from '../errors.ts';
import type { Json } from '../nouns.ts';
import { checkSame } from '../restore.ts';
import type { Crew } from '../workers/crew.ts';
import { earlier } from '../workers/fault.ts';
import type { EpisodeLog } from './episodeLog.ts';
import type { Frame } from './frame.ts';
import { decodeState, encodeState } from './stateCodec.ts';
import type { State } from './structured.ts';
import { openInstance } from './structuredInstance.ts';
import { type Shared, StructuredWorld } from './structuredWorld.ts';
import type { Autoreset } from './vectorOptions.ts';

/** What the shares of a vector have in common. */
export interface SharedWorlds extends Shared {
  readonly autoreset: Autoreset;
  readonly ended: Uint8Array;
  readonly log: EpisodeLog;
  readonly crew: Crew;
}

/** What a share is asked for, of worlds of its own. */
export type ShareRequest =
  | { readonly ask: 'save'; readonly caller: string; readonly worlds: readonly number[] }
  | { readonly ask: 'restore'; readonly states: readonly WorldState[]; readonly isCheckpoint: boolean }
  | { readonly ask: 'undo' }
  | { readonly ask: 'render'; readonly worlds: readonly number[] }
  | { readonly ask: 'close' };

/** A request and the step that the vector is at. */
export type ShareLetter = ShareRequest & { readonly t: number };

/** An instance's state, and who is in its world: null if nobody has a name, or the episode is over. */
export interface WorldState {
  readonly world: number;
  readonly state: Json;
  readonly names: readonly string[] | null;
}

/**
 * Neighbouring worlds of a structured env, whose instances live on the thread that opens them: a member's. What it does
 * does not depend on the other shares.
 */
export class StructuredShare {
  /** Worlds from … to − 1. */
  readonly from: number;
  readonly to: number;
  readonly #shared: SharedWorlds;
  readonly #worlds: StructuredWorld[] = [];
  /** States before the last `restore`, of the worlds that it touched. */
  #before: { readonly world: number; readonly state: Json }[] = [];
  #isClosed = false;

  constructor(shared: SharedWorlds, from: number, to: number) {
    this.#shared = shared;
    this.from = from;
    this.to = to;
  }

  /**
   * Creates the instances and resets them, world i with seed + i.
   *
   * @throws TypeError if `create` does not make a new env at every call
   * @throws EnvError if an instance breaks the contract of its form
   */
  open(seed: number): void {
    const { env } = this.#shared;
    const known = new Set<unknown>();
    this.#each(0, (index) => {
      const instance = openInstance(env, index);
      if (known.has(instance.env))
        throw new TypeError(`emulate ${env.id}: create must make a new env at every call`);
      known.add(instance.env);
      const world = new StructuredWorld(this.#shared, index, instance);
      this.#worlds[index - this.from] = world;
      world.reset(0, seed + index);
    });
  }

  /** Tells the groups of this thread which step it is. */
  at(t: number): void {
    for (const group of this.#shared.groups) group.t = t;
  }

  /**
   * Step t by the groups' actions.
   *
   * @throws EnvError the first in step and world, if an instance throws, or returns what it must not
   */
  advance(t: number): void {
    const { groups, ended, autoreset } = this.#shared;
    this.at(t);
    for (const group of groups) group.begin(this.from, this.to);
    this.#each(t, (index) => {
      const world = this.#worlds[index - this.from];
      if (ended[index] && autoreset === 'NEXT_STEP') {
        ended[index] = 0;
        world.reset(t + 1);
        return;
      }
      ended[index] = +world.step();
      if (ended[index] && autoreset === 'SAME_STEP') world.reset(t + 1);
    });
    this.#count(t);
  }

  /** The answers for each world. @throws EnvError or CheckpointError, as an instance or a state is at fault */
  answer(request: ShareLetter): Json[] {
    this.at(request.t);
    switch (request.ask) {
      case 'save':
        return request.worlds.map((world) => this.#world(world).save(request.caller));
      case 'restore':
        this.#restore(request.states, request.isCheckpoint);
        return [];
      case 'undo':
        for (const { world, state } of this.#before) this.#world(world).load(decodeState(state));
        return [];
      case 'render':
        return request.worlds.map((world) => encodeState(plain(this.#world(world).render())));
      case 'close':
        this.close();
        return [];
    }
  }

  /** @throws EnvError if an instance does, after the others were closed */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    let error: unknown;
    for (const world of this.#worlds) {
      try {
        world?.guard(() => world.instance.env.close?.());
      } catch (thrown) {
        error = earlier(error, thrown);
      }
    }
    if (error !== undefined) throw error;
  }

  #world(index: number): StructuredWorld {
    return this.#worlds[index - this.from];
  }

  /** Works on all worlds, also after an error: which is the first must not depend on who has which worlds. */
  #each(t: number, work: (index: number) => void): void {
    const { crew } = this.#shared;
    let error: unknown;
    for (let index = this.from; index < this.to; index++) {
      crew.report(crew.member, t, index, index + 1);
      try {
        work(index);
      } catch (thrown) {
        error = earlier(error, thrown);
      }
    }
    if (error !== undefined) throw error;
  }

  /** Counts step t's transitions, and the episodes of agents that it ended. */
  #count(t: number): void {
    const { groups, log, crew } = this.#shared;
    let transitions = 0;
    for (const group of groups) {
      const { slots, firstRow, masks, terminations, truncations, episodeReturns, elapsed } = group;
      for (let row = this.from * slots; row < this.to * slots; row++) {
        transitions += masks[row];
        if (!terminations[row] && !truncations[row]) continue;
        log.add(crew.member, t, firstRow + row, episodeReturns[row], elapsed[row]);
        // Equal states are saved as equal bytes, whoever was in the row before.
        episodeReturns[row] = elapsed[row] = 0;
      }
    }
    log.count(crew.member, transitions);
  }

  /** Takes on states until one does not fit. */
  #restore(states: readonly WorldState[], isCheckpoint: boolean): void {
    this.#before = [];
    const before = states.map(({ world }) => ({ world, state: this.#world(world).save('load') }));
    try {
      for (const [k, { world, state, names }] of states.entries()) {
        this.#before.push(before[k]);
        this.#world(world).load(decodeState(state), names ?? undefined);
        if (isCheckpoint) checkSame(`envs.worlds[${world}]`, this.#world(world).save('load'), state);
      }
    } catch (error) {
      if (!isCheckpoint || error instanceof CheckpointError) throw error;
      throw new CheckpointError(`checkpoint: envs: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** A picture whose pixels are in no other than a Uint8Array: Buffers are. */
function plain(frame: Frame | undefined): State {
  if (!frame) return undefined;
  const { width, height, data } = frame;
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}
