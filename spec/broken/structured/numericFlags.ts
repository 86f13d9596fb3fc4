import { emulate } from '../../../lib/env/emulate.ts';
import { Walk } from './walk.ts';

/** Fault: it says 1 and 0 for true and false. */
class NumericFlags extends Walk {
  override step(action: number) {
    const [seen, reward, terminated, truncated, info] = super.step(action);
    return [seen, reward, +terminated as never, truncated, info] as const;
  }
}

export const numericFlags = emulate({ id: 'NumericFlags-v0', create: () => new NumericFlags() });
