import { emulate } from '../../../lib/env/emulate.ts';
import type { State } from '../../../lib/env/structured.ts';
import { Walk } from './walk.ts';

/** Fault: how many steps were taken is not in the state. */
class Forgetful extends Walk {
  override getState(): State {
    const { steps: _, ...state } = super.getState() as Record<string, State>;
    return state;
  }

  override setState(state: State) {
    super.setState({ ...(state as object), steps: 0 });
  }
}

export const forgetful = emulate({ id: 'Forgetful-v0', create: () => new Forgetful() });
