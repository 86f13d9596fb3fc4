import type { Schedule } from './config.ts';
import { cos } from './math.ts';

/** The value of a schedule when `progress` of the run, in [0, 1], is done. */
export function at(schedule: Schedule, progress: number): number {
  if (typeof schedule === 'number') return schedule;
  const { from, to, shape = 'linear' } = schedule;
  const done = Math.min(1, Math.max(0, progress));
  const weight = shape === 'linear' ? done : (1 - cos(Math.PI * done)) / 2;
  return from + (to - from) * weight;
}
