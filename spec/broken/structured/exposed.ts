import { emulate } from '../../../lib/env/emulate.ts';
import { Walk } from './walk.ts';

/** Fault: the env goes on from the array that it has returned, whatever has become of it. */
class Exposed extends Walk {
  shown = new Float32Array(1);

  override move(by: number) {
    this.x = this.shown[0];
    super.move(by);
  }

  override show() {
    this.shown = Float32Array.of(this.x);
    return { ...super.show(), x: this.shown };
  }
}

export const exposed = emulate({ id: 'Exposed-v0', create: () => new Exposed() });
