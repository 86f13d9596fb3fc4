import type { RunMetrics } from '../pipelines/openRun.ts';
import { clock, compact, score, whole } from './format.ts';
import type { Reporter } from './reporter.ts';
import { type Session, titleOf } from './session.ts';

/** Milliseconds between lines. */
const INTERVAL = 1000;

/** A line a second at most, the first and the last iteration's among them: for logs and pipes. */
export class PlainLines implements Reporter {
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  #totalSteps = 0;
  #printedAt = Number.NEGATIVE_INFINITY;
  #waiting: RunMetrics | undefined;

  constructor(
    write = (line: string) => void process.stdout.write(`${line}\n`),
    now = () => performance.now(),
  ) {
    this.#write = write;
    this.#now = now;
  }

  start(session: Session): void {
    this.#totalSteps = session.run.config.totalSteps;
    this.#write(titleOf(session));
  }

  iteration(metrics: RunMetrics): void {
    this.#waiting = metrics;
    if (this.#now() - this.#printedAt >= INTERVAL) this.#print();
  }

  record(): void {}

  stopping(): void {}

  close(): void {
    this.#print();
  }

  end(): void {}

  #print(): void {
    if (!this.#waiting) return;
    this.#printedAt = this.#now();
    this.#write(plainLine(this.#waiting, this.#totalSteps));
    this.#waiting = undefined;
  }
}

export function plainLine(metrics: RunMetrics, totalSteps: number): string {
  const { steps, sps, episodeReturn, episodeLength, episodeScores } = metrics;
  const total = whole(totalSteps);
  return [
    `${whole(steps).padStart(total.length)} of ${total} steps`,
    `${Math.min(100, Math.floor((100 * steps) / totalSteps))} %`.padStart(5),
    `${compact(sps)} steps/s`.padStart(13),
    `${clock(Math.max(0, totalSteps - steps) / sps)} left`.padStart(9),
    `return ${score(episodeReturn).padStart(6)}`,
    `length ${score(episodeLength).padStart(6)}`,
    ...Object.entries(episodeScores).map(([name, value]) => `${name} ${score(value).padStart(6)}`),
  ].join('  ');
}
