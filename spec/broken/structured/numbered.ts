import { emulate } from '../../../lib/env/emulate.ts';
import { Walk } from './walk.ts';

let made = 0;

/** Fault: instances differ by how many were made before. */
class Numbered extends Walk {
  readonly number = made++ % 5;

  override show() {
    return { ...super.show(), tired: +(this.number === 3) };
  }
}

export const numbered = emulate({ id: 'Numbered-v0', create: () => new Numbered() });
