import { emulate } from '../../../lib/env/emulate.ts';
import { Walk } from './walk.ts';

/** Fault: a step returns `done`, in the form of years ago. */
class OldForm extends Walk {
  override step(action: number) {
    const [seen, reward, terminated, truncated, info] = super.step(action);
    return [seen, reward, terminated || truncated, info] as never;
  }
}

export const oldForm = emulate({ id: 'OldForm-v0', create: () => new OldForm() });
