import { emulate } from '../../../lib/env/emulate.ts';
import type { State } from '../../../lib/env/structured.ts';
import { Walk } from './walk.ts';

/** Fault: the state that is given holds the env's own array. */
class SharedState extends Walk {
  trail = new Float32Array(3);

  override move(by: number) {
    super.move(by);
    this.trail[this.steps % 3] = this.x;
  }

  override getState(): State {
    return { ...(super.getState() as object), trail: this.trail };
  }

  override setState(state: State) {
    super.setState(state);
    this.trail = (state as unknown as SharedState).trail.slice();
  }

  override reset(options = {}) {
    this.trail = new Float32Array(3);
    return super.reset(options);
  }
}

export const sharedState = emulate({ id: 'SharedState-v0', create: () => new SharedState() });
