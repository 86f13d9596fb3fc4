import { emulate } from '../../../lib/env/emulate.ts';
import { Walk } from './walk.ts';

/** Fault: all observations are the same array, which each step writes into. */
class Reused extends Walk {
  shown = new Float32Array(1);

  override show() {
    this.shown[0] = this.x;
    return { ...super.show(), x: this.shown };
  }
}

export const reused = emulate({ id: 'Reused-v0', create: () => new Reused() });
