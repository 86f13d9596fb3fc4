import { emulate } from '../../../lib/env/emulate.ts';
import { Walk } from './walk.ts';

/** Fault: episodes that begin on the left are truncated at their first step. */
class ShortBreath extends Walk {
  override reset(options = {}) {
    const result = super.reset(options);
    if (this.x < 0) this.steps = 11;
    return result;
  }
}

export const shortBreath = emulate({ id: 'ShortBreath-v0', create: () => new ShortBreath() });
