import { Observable, type OperatorFunction } from 'rxjs';
import type { Losses } from '../lib/records.ts';
import type { RunMetrics } from '../pipelines/openRun.ts';

/** Several iterations in one: the last one's metrics, but for times, which are sums, and losses, which are means. */
export class Summary {
  #last: RunMetrics | undefined;
  #rolloutTime = 0;
  #updateTime = 0;
  readonly #losses = new Map<string, { sum: number; count: number }>();

  add(metrics: RunMetrics): void {
    this.#last = metrics;
    this.#rolloutTime += metrics.rolloutTime;
    this.#updateTime += metrics.updateTime;
    for (const [name, loss] of Object.entries(metrics.losses)) {
      const { sum, count } = this.#losses.get(name) ?? { sum: 0, count: 0 };
      this.#losses.set(name, { sum: sum + loss, count: count + 1 });
    }
  }

  /** What was added since the last time; undefined: nothing. An iteration may have no losses, if nothing was learned in it. */
  take(): RunMetrics | undefined {
    const last = this.#last;
    if (!last) return undefined;
    const losses: Losses = Object.fromEntries(
      [...this.#losses].map(([name, { sum, count }]) => [name, sum / count]),
    );
    const summary = { ...last, losses, rolloutTime: this.#rolloutTime, updateTime: this.#updateTime };
    this.#last = undefined;
    this.#rolloutTime = 0;
    this.#updateTime = 0;
    this.#losses.clear();
    return summary;
  }
}

/**
 * Joins iterations of few steps: emits whenever another multiple of so many steps has been reached, and at the end.
 * Iterations of as many steps or more are emitted one by one.
 *
 * @param before steps that were taken before the first iteration
 */
export function summaries(every: number, before = 0): OperatorFunction<RunMetrics, RunMetrics> {
  return (iterations) =>
    new Observable((subscriber) => {
      const summary = new Summary();
      let multiple = Math.floor(before / every);
      const emit = () => {
        const metrics = summary.take();
        if (metrics) subscriber.next(metrics);
      };
      return iterations.subscribe({
        next(metrics) {
          summary.add(metrics);
          const reached = Math.floor(metrics.steps / every);
          if (reached > multiple) emit();
          multiple = reached;
        },
        error: (error) => subscriber.error(error),
        complete() {
          emit();
          subscriber.complete();
        },
      });
    });
}
