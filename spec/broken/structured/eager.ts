import { emulate } from '../../../lib/env/emulate.ts';
import { Walk } from './walk.ts';

/** Fault: it can be stepped before it was ever reset. */
class Eager extends Walk {
  override over = false;
}

export const eager = emulate({ id: 'Eager-v0', create: () => new Eager() });
