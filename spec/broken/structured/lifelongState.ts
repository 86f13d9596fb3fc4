import { emulate } from '../../../lib/env/emulate.ts';
import type { State } from '../../../lib/env/structured.ts';
import { Walk } from './walk.ts';

/** Fault: the state tells how often this instance was ever stepped, which changes nothing. */
class LifelongState extends Walk {
  moves = 0;

  override move(by: number) {
    super.move(by);
    this.moves++;
  }

  override getState(): State {
    return { ...(super.getState() as object), moves: this.moves };
  }
}

export const lifelongState = emulate({ id: 'LifelongState-v0', create: () => new LifelongState() });
