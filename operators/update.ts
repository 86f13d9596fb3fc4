import {
  concatMap,
  finalize,
  identity,
  type MonoTypeOperatorFunction,
  map,
  type Observable,
  type OperatorFunction,
  of,
  reduce,
} from 'rxjs';
import { platform } from '../lib/platform.ts';
import type { Losses, Updated } from '../lib/records.ts';
import { inTurn } from './inTurn.ts';

/** What an update learns from: a rollout's estimate, or a mark that a replay buffer has grown. */
export interface Lesson {
  /** The vector step after the last one it holds. */
  readonly until: number;
  readonly began: number;
  readonly ended: number;
  release(): void;
}

/** Draws minibatches one by one; each `yield` returns the losses of the minibatch drawn before. */
export type Draw<L, M> = (lesson: L) => Generator<M, void, Losses>;

/**
 * Learns: draws a minibatch, runs the inner graph on it to completion (at once or later), draws the next, and so on;
 * releases the lesson last, also after an error or an unsubscription. Emits the mean losses.
 *
 * @param ending what is done with the mean losses before the lesson is released: `publish`
 */
export function update<L extends Lesson, M>(
  draw: Draw<L, M>,
  inner: OperatorFunction<M, Losses>,
  ending: MonoTypeOperatorFunction<Losses> = identity,
): OperatorFunction<L, Updated> {
  return concatMap((lesson: L): Observable<Updated> => {
    const began = platform.now();
    return inTurn(
      () => draw(lesson),
      (minibatch) => of(minibatch).pipe(inner),
    ).pipe(
      reduce(add, { sums: {}, count: 0 } as Tally),
      map(mean),
      ending,
      map((losses) => ({
        kind: 'updated' as const,
        t: lesson.until,
        losses,
        rolloutTime: lesson.ended - lesson.began,
        updateTime: platform.now() - began,
      })),
      finalize(() => lesson.release()),
    );
  });
}

interface Tally {
  readonly sums: Losses;
  readonly count: number;
}

function add({ sums, count }: Tally, losses: Losses): Tally {
  const next: Record<string, number> = {};
  for (const name in losses) next[name] = (sums[name] ?? 0) + losses[name];
  return { sums: next, count: count + 1 };
}

function mean({ sums, count }: Tally): Losses {
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]));
}
