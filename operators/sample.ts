import type { Losses } from '../lib/records.ts';
import type { Stored } from './store.ts';
import type { Draw } from './update.ts';

export interface SampleConfig {
  /** Minibatches that are drawn in an update. */
  readonly gradientSteps: number;
  /** Transitions that must have been stored before anything is learned. */
  readonly learningStarts: number;
}

/** Where minibatches are drawn from, and what is told of them when they have been learned from. */
export interface Drawable<M> {
  /** Transitions that have been stored. */
  readonly stored: number;
  draw(): M;
  learned(minibatch: M): void;
}

/** Draws minibatches of what a replay holds; none before learning starts. */
export function sample<M>(
  replay: Drawable<M>,
  { gradientSteps, learningStarts }: SampleConfig,
): Draw<Stored, M> {
  return function* draw(): Generator<M, void, Losses> {
    if (replay.stored < Math.max(1, learningStarts)) return;
    for (let step = 0; step < gradientSteps; step++) {
      const minibatch = replay.draw();
      yield minibatch;
      replay.learned(minibatch);
    }
  };
}
