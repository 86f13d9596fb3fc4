import { emulate } from '../../../lib/env/emulate.ts';
import { Walk } from './walk.ts';

/** Fault: it cannot be closed twice. */
class Brittle extends Walk {
  handle: { free(): void } | undefined = { free() {} };

  override close() {
    (this.handle as { free(): void }).free();
    this.handle = undefined;
  }
}

export const brittle = emulate({ id: 'Brittle-v0', create: () => new Brittle() });
