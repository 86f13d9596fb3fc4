import { map, type OperatorFunction } from 'rxjs';
import type { Scores } from '../lib/nouns.ts';
import type { Metrics, Updated } from '../lib/records.ts';

/** Ends an iteration: joins what the learner lost with what the envs scored. */
export function metrics(envs: Scores): OperatorFunction<Updated, Metrics> {
  return map(({ losses, rolloutTime, updateTime }) => ({
    kind: 'metrics',
    ...envs.scores,
    losses,
    rolloutTime,
    updateTime,
  }));
}
