import type { Arena, ColumnSpecs } from '../arena.ts';
import type { Agent, Learner, Maybe, Stateful, Tensor } from '../nouns.ts';
import type { Estimate, Losses } from '../records.ts';
import type { Experience } from '../replay.ts';
import type { PolicyForm } from './wasm/actingPolicy.ts';
import type { ActorCritic } from './wasm/actorCritic.ts';
import type { ActorCriticOptions } from './wasm/actorCriticOptions.ts';
import type { KernelLayout } from './wasm/kernels.ts';
import type { PpoLearnerConfig } from './wasm/ppoLearner.ts';
import type { SacActor } from './wasm/sac/sacActor.ts';
import type { SacLearnerConfig } from './wasm/sac/sacLearner.ts';
import type { TwinCritic } from './wasm/sac/twinCritic.ts';

/** What learns, where that is not the wasm engine: its learners stand in for `PpoLearner` and `SacLearner`, on the calling thread. */
export interface Engine {
  /** As it is asked for: `tensorflow:wasm`. */
  readonly name: string;
  /** A learner for a network that acts on the wasm engine. */
  ppoLearner(network: ActorCritic, config: DevicePpoConfig, progress: () => number): DeviceLearner<Estimate>;
  sacLearner(
    actor: SacActor,
    critic: TwinCritic,
    config: SacLearnerConfig,
    progress: () => number,
  ): DeviceLearner<Experience>;
  /** What acts on the device itself in so many rows: policies of one's own, or large networks; undefined: the wasm engine acts. */
  acting?(options: ActorCriticOptions, rows: number): DeviceActing | undefined;
}

export interface DevicePpoConfig extends PpoLearnerConfig {
  /** Above 0: losses are wanted after each minibatch. */
  readonly targetKl?: number;
}

/**
 * Learns on a device of its own from what others collect. It reads the weights of its networks before its first update,
 * and again when it is loaded; what it has learned reaches them when it is told to `publish`.
 */
export interface DeviceLearner<Columns> extends Learner<Columns>, Stateful {
  publish(): Maybe<Losses>;
  /** Whether an answer of the device is awaited, perhaps by nobody any more. */
  readonly isBusy: boolean;
  /** Gives back what it holds of the device. */
  close(): void;
}

/** A network that acts, as a run sees it. */
export interface Weights {
  /** Draws weights from the seed's initialisation stream for that policy of a run. */
  initialize(seed: number, policy?: number): void;
  tensors(): Record<string, Tensor>;
  /** @throws CheckpointError if they do not fit, and then nothing has changed */
  load(weights: Readonly<Record<string, Tensor>>): void;
}

/** A policy that acts on its device, before there is an arena. */
export interface DeviceActing {
  /** What agents are saved as; absent: actor-critics. */
  readonly form?: PolicyForm;
  /** Columns of the policy, and of an agent of so many rows. */
  policyColumns(kernels: KernelLayout): ColumnSpecs;
  agentColumns(kernels: KernelLayout, rows: number): ColumnSpecs;
  /** @param origin the run's seed, the kind that it acts for, and its number among the run's policies */
  open(arena: Arena, config: DevicePpoConfig, origin: PolicyOrigin, progress: () => number): DevicePolicy;
}

export interface PolicyOrigin {
  readonly seed: number;
  readonly kind: string;
  readonly number: number;
}

export interface DevicePolicy {
  readonly network: Weights;
  readonly learner: DeviceLearner<Estimate>;
  /** To be awaited before `network.tensors()` is asked for. */
  ready(): Promise<void>;
  /** @param firstRow the number of row 0 among those of all agents that act with the same seed */
  agent(arena: Arena, rows: number, seed: number, firstRow: number): Agent;
}
