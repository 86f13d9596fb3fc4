import { emulate } from '../../../lib/env/emulate.ts';
import { Random } from '../../../lib/random.ts';
import { Walk } from './walk.ts';

/** Fault: reset takes a seed, and draws its random numbers from another. */
class FrozenSeed extends Walk {
  override reset({ seed }: { seed?: number } = {}) {
    if (seed !== undefined) this.random = new Random(42);
    return super.reset();
  }
}

export const frozenSeed = emulate({ id: 'FrozenSeed-v0', create: () => new FrozenSeed() });
