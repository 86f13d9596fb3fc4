import { emulate } from '../../../lib/env/emulate.ts';
import { Crowd } from './crowd.ts';

/** Fault: who has fallen goes on to act. */
class DeadAgent extends Crowd {
  override step(actions: Record<string, number>) {
    const before = this.agents;
    const result = super.step(actions);
    this.agents = this.agents.length > 0 ? before : [];
    return result;
  }
}

export const deadAgent = emulate({ id: 'DeadAgent-v0', create: () => new DeadAgent() });
