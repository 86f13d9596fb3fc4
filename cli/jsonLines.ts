import type { RunMetrics } from '../pipelines/openRun.ts';
import type { Outcome, Reporter } from './reporter.ts';
import type { Session } from './session.ts';

/** Writes an object as a line of JSON on standard output; what is not a finite number becomes null. */
export function printJson(object: object): void {
  process.stdout.write(`${JSON.stringify(object)}\n`);
}

/** The events of a run, for programs: one `start`, an `iteration` for each, one `end`. */
export class JsonLines implements Reporter {
  start({ env, run: { config, build } }: Session): void {
    printJson({ event: 'start', env: env.id, seed: config.seed, kernel: build, config });
  }

  iteration({ steps, seconds, sps, episodeReturn, episodeScores, losses }: RunMetrics): void {
    printJson({ event: 'iteration', steps, seconds, sps, episodeReturn, episodeScores, losses });
  }

  stopping(): void {}

  close(): void {}

  end(outcome: Outcome): void {
    printJson({ event: 'end', ...outcome });
  }
}
