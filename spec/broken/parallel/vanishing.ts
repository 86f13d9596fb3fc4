import { emulate } from '../../../lib/env/emulate.ts';
import { Crowd } from './crowd.ts';

/** Fault: who has fallen is gone without having terminated. */
class Vanishing extends Crowd {
  override step(actions: Record<string, number>) {
    const [seen, rewards, terminations, truncations, infos] = super.step(actions);
    const none = Object.fromEntries(Object.keys(terminations).map((agent) => [agent, false]));
    return [seen, rewards, none, truncations, infos] as const;
  }
}

export const vanishing = emulate({ id: 'Vanishing-v0', create: () => new Vanishing() });
