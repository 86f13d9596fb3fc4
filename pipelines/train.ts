import { Observable, type Observer, Subscriber, type Subscription } from 'rxjs';
import type { PartialConfig } from '../lib/config.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { resource } from '../operators/resource.ts';
import { openRun, type RunMetrics, type RunOptions } from './openRun.ts';
import type { Pipeline, RunSchema } from './pipeline.ts';

/**
 * Trains a pipeline on an env, as a cold Observable: each subscription opens a run of its own, trains it and closes
 * it. Takes what `openRun` takes.
 *
 * A consumer that throws in `next` ends its run, and the error is reported as RxJS reports all such errors:
 * unhandled, in a later turn. (A consumer behind further operators is RxJS's, which reports it and goes on emitting.)
 */
export function train<S extends RunSchema, N>(
  env: AnyEnv,
  pipeline: Pipeline<S, N>,
  from: PartialConfig<S> | Uint8Array = {},
  options: RunOptions<S> = {},
): Observable<RunMetrics> {
  return new Training(
    resource(
      () => openRun(env, pipeline, from, options),
      (run) => run.close(),
      (run) => run.metrics,
    ),
  );
}

class Training extends Observable<RunMetrics> {
  constructor(metrics: Observable<RunMetrics>) {
    super((subscriber) => metrics.subscribe(subscriber));
  }

  override subscribe(
    observerOrNext?: Partial<Observer<RunMetrics>> | ((metrics: RunMetrics) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // An operator's subscriber sends what its consumer throws down the error channel itself.
    if (observerOrNext instanceof Subscriber) return super.subscribe(observerOrNext);
    const { next, ...others }: Partial<Observer<RunMetrics>> =
      typeof observerOrNext === 'object' && observerOrNext
        ? observerOrNext
        : { next: observerOrNext ?? undefined, error: error ?? undefined, complete: complete ?? undefined };
    const subscription = super.subscribe({
      ...others,
      next(metrics) {
        try {
          next?.(metrics);
        } catch (thrown) {
          subscription.unsubscribe();
          throw thrown;
        }
      },
    });
    return subscription;
  }
}
