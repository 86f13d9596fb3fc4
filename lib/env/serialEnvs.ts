import type { Arena } from '../arena.ts';
import type { Decision, Transition } from '../records.ts';
import { Alone, immediate } from '../workers/crew.ts';
import { ColumnarEnvs } from './columnarEnvs.ts';
import type { ColumnarEnv } from './env.ts';
import type { VectorOptions } from './vectorOptions.ts';

/** Worlds of a columnar env, stepped one after another in the calling thread. */
export class SerialEnvs extends ColumnarEnvs {
  /** @throws RangeError or TypeError if an option is out of range or names no parameter of the env */
  constructor(env: ColumnarEnv, options: VectorOptions, arena: Arena) {
    super(env, options, arena, new Alone());
  }

  override step(decision: Decision): Transition {
    return immediate(this.act(decision));
  }

  override advance(): void {
    immediate(this.move());
  }
}
