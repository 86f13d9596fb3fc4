import { emulate } from '../../../lib/env/emulate.ts';
import { Walk } from './walk.ts';

/** Fault: it can be stepped on after its end, and pays for it. */
class Undying extends Walk {
  override step(action: number) {
    if (this.steps > 0) this.over = false;
    return super.step(action);
  }
}

export const undying = emulate({ id: 'Undying-v0', create: () => new Undying() });
