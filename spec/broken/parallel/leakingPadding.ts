import { emulate } from '../../../lib/env/emulate.ts';
import { Crowd } from './crowd.ts';

/** Fault: observations are given for everybody, also for those who have long been gone. */
class LeakingPadding extends Crowd {
  override show() {
    return super.show(this.possibleAgents);
  }
}

export const leakingPadding = emulate({ id: 'LeakingPadding-v0', create: () => new LeakingPadding() });
