import { emulate } from '../../../lib/env/emulate.ts';
import { Walk } from './walk.ts';

/** Fault: a space of float32 is shown in float64. */
class WrongDtype extends Walk {
  override show() {
    return { ...super.show(), x: Float64Array.of(this.x) as never };
  }
}

export const wrongDtype = emulate({ id: 'WrongDtype-v0', create: () => new WrongDtype() });
