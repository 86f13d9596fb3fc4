import { emulate } from '../../../lib/env/emulate.ts';
import { Random } from '../../../lib/random.ts';
import { Walk } from './walk.ts';

/** Fault: a reset without a seed makes one up. */
class LooseReset extends Walk {
  override reset({ seed = Math.floor(Math.random() * 2 ** 32) } = {}) {
    this.random = new Random(seed);
    return super.reset();
  }
}

export const looseReset = emulate({ id: 'LooseReset-v0', create: () => new LooseReset() });
