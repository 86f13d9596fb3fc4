import { Arena } from '../lib/arena.ts';
import type { Estimate, Losses, Minibatch } from '../lib/records.ts';
import { streamKey } from '../lib/rng.ts';
import type { Draw } from './update.ts';

export interface MinibatchesConfig {
  /** Parts that each epoch is divided into. */
  readonly numMinibatches: number;
  /** Passes over the rollout; the last may be a part of one: 0.25 of 8 minibatches are 2. */
  readonly updateEpochs: number;
  readonly seed: number;
  /** Draw no more once the approximate KL of a minibatch is above 1.5 times this, in nats; 0, or left out: draw all. */
  readonly targetKl?: number;
}

/**
 * Draws the minibatches of a rollout: in each epoch the real transitions (mask 1) are shuffled and divided into
 * `numMinibatches` parts whose sizes differ by at most one. The order is a function of the seed, the rollout's first
 * step and the epoch, so it needs no state of its own.
 *
 * @throws RangeError unless numMinibatches, and updateEpochs times it, are positive integers
 */
export function minibatches(config: MinibatchesConfig): Draw<Estimate, Minibatch<Estimate>> {
  const draws = countDraws('minibatches', config);
  const { numMinibatches, seed } = config;
  const [key0, key1] = streamKey(seed);
  return function* draw(rollout): Generator<Minibatch<Estimate>, void, Losses> {
    const { kernels } = Arena.of(rollout.order);
    for (let epoch = 0; epoch * numMinibatches < draws; epoch++) {
      // From the same start every time: an epoch's order does not depend on the one before.
      const count = listReal(rollout);
      kernels.shuffle(rollout.order.byteOffset, count, key0, key1, rollout.t, epoch);
      const parts = Math.min(numMinibatches, draws - epoch * numMinibatches);
      for (let part = 0; part < parts; part++) {
        const from = Math.floor((part * count) / numMinibatches);
        const to = Math.floor(((part + 1) * count) / numMinibatches);
        if (to > from) {
          const losses = yield {
            kind: 'minibatch',
            columns: rollout,
            indices: rollout.order.subarray(from, to),
          };
          if (isFarEnough(config, losses)) return;
        }
      }
    }
  };
}

/** Minibatches in so many epochs. @throws RangeError, in the owner's name, unless both are whole */
export function countDraws(
  owner: string,
  { numMinibatches, updateEpochs }: Omit<MinibatchesConfig, 'seed'>,
): number {
  const draws = Math.round(updateEpochs * numMinibatches);
  if (!(Number.isInteger(numMinibatches) && numMinibatches > 0))
    throw new RangeError(`${owner}: numMinibatches must be a positive integer, got ${numMinibatches}`);
  // 0.29 × 100 is 28.999999999999996.
  if (!(draws > 0 && Math.abs(updateEpochs * numMinibatches - draws) < 1e-9 * draws))
    throw new RangeError(
      `${owner}: updateEpochs × ${numMinibatches} must be a positive integer, got ${updateEpochs} × ${numMinibatches}`,
    );
  return draws;
}

/** Whether the policy has moved so far that an update is over. */
export function isFarEnough({ targetKl = 0 }: MinibatchesConfig, { approxKl }: Losses): boolean {
  return targetKl > 0 && approxKl > 1.5 * targetKl;
}

/** Lists the rows of real transitions in `order`; returns how many there are. */
function listReal({ order, masks }: Estimate): number {
  let count = 0;
  for (let row = 0; row < masks.length; row++) {
    order[count] = row;
    count += masks[row];
  }
  return count;
}
