import type { ColumnSpecs } from '../lib/arena.ts';
import type { DeviceLearner, Engine } from '../lib/engine/engine.ts';
import type { ActorCritic } from '../lib/engine/wasm/actorCritic.ts';
import type { ActorCriticOptions } from '../lib/engine/wasm/actorCriticOptions.ts';
import type { KernelLayout } from '../lib/engine/wasm/kernels.ts';
import { PpoLearner } from '../lib/engine/wasm/ppoLearner.ts';
import type { Learner, Stateful } from '../lib/nouns.ts';
import type { Estimate } from '../lib/records.ts';
import type { Crew } from '../lib/workers/crew.ts';
import type { PpoConfig } from './ppo.ts';

/** What learns from rollouts, and can be saved; what it has elsewhere it gives back. */
export type Teacher = Learner<Estimate> &
  Stateful &
  Partial<Pick<DeviceLearner<Estimate>, 'isBusy' | 'close'>>;

/** How policies that act on the wasm engine are taught. */
export interface Teaching<L extends Teacher> {
  /** Steps that a memory learns from at once, of which an acting network has to keep what it was like. */
  slots(config: PpoConfig): number;
  /** What a teacher takes of the arena. */
  columns(
    options: ActorCriticOptions,
    config: PpoConfig,
    kernels: KernelLayout,
    members: number,
  ): ColumnSpecs;
  teacher(network: ActorCritic, config: PpoConfig, progress: () => number, crew: Crew): L;
}

/** In the arena, a crew sharing the work. */
export const onWasm: Teaching<PpoLearner> = {
  slots: ({ numSteps }) => numSteps,
  columns: (options, { optimizer }, kernels, members) =>
    PpoLearner.columns(options, kernels, members, optimizer),
  teacher: (network, config, progress, crew) => new PpoLearner(network, config, progress, crew),
};

/** By another engine, on the calling thread. */
export function onEngine(engine: Engine): Teaching<DeviceLearner<Estimate>> {
  return {
    ...elsewhere,
    teacher: (network, config, progress) => engine.ppoLearner(network, config, progress),
  };
}

function refuse(): never {
  throw new TypeError('learner: expected to be asked on the calling thread, got a call on another');
}

/** On another thread than this. */
export const elsewhere: Teaching<Teacher> = {
  slots: () => 0,
  columns: () => ({}),
  teacher: () => ({ update: refuse, save: refuse, load: refuse }),
};
