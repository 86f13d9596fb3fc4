import type { Learner, Maybe, Stateful } from '../nouns.ts';
import type { Estimate, Losses } from '../records.ts';
import type { Experience } from '../replay.ts';
import type { ActorCritic } from './wasm/actorCritic.ts';
import type { PpoLearnerConfig } from './wasm/ppoLearner.ts';
import type { SacActor } from './wasm/sac/sacActor.ts';
import type { SacLearnerConfig } from './wasm/sac/sacLearner.ts';
import type { TwinCritic } from './wasm/sac/twinCritic.ts';

/**
 * Learns on a device of its own from what others collect. It reads the weights of its networks before its first update,
 * and again when it is loaded; what it has learned reaches them when it is told to `publish`.
 */
export interface DeviceLearner<Columns> extends Learner<Columns>, Stateful {
  /** Takes a step; answers with no losses: `publish` tells them. */
  update(minibatch: Parameters<Learner<Columns>['update']>[0]): Maybe<Losses>;
  /**
   * Writes the weights, after all updates so far, to the networks that act; answers with the mean losses of the updates
   * since the last time.
   *
   * @throws DivergenceError, the networks being untouched, if a loss or gradient was no longer finite
   */
  publish(): Maybe<Losses>;
  /** Gives back what it holds of the device. */
  close(): void;
}

/** What learns, where it is not the wasm engine: its learners stand in for `PpoLearner` and `SacLearner`, on the calling thread. */
export interface Engine {
  /** As it is asked for: `tensorflow:wasm`. */
  readonly name: string;
  ppoLearner(network: ActorCritic, config: PpoLearnerConfig, progress: () => number): DeviceLearner<Estimate>;
  sacLearner(
    actor: SacActor,
    critic: TwinCritic,
    config: SacLearnerConfig,
    progress: () => number,
  ): DeviceLearner<Experience>;
}
