import { identity, type MonoTypeOperatorFunction } from 'rxjs';
import type { Learner } from '../lib/nouns.ts';
import type { Losses } from '../lib/records.ts';
import { after } from '../lib/workers/crew.ts';
import { answer } from './answer.ts';

/**
 * Lets those who act have what has been learned, where the learner has weights of its own, on a GPU say: once an update,
 * before its rollout is released. Adds the losses that the learner has kept there. Nothing where it has not.
 */
export function publish(learner: Pick<Learner<never>, 'publish'>): MonoTypeOperatorFunction<Losses> {
  if (!learner.publish) return identity;
  return answer((losses) => after(learner.publish?.() ?? {}, (kept) => ({ ...losses, ...kept })));
}
