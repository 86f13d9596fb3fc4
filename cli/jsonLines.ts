import type { RunMetrics } from '../pipelines/openRun.ts';
import type { Outcome, Reporter } from './reporter.ts';
import type { Session } from './session.ts';

/** Writes an object as a line of JSON on standard output; what is not a finite number becomes null. */
export function printJson(object: object): void {
  process.stdout.write(`${JSON.stringify(object)}\n`);
}

/** The events of a run, for programs: one `start`, an `iteration` for each that is recorded, one `end`. */
export class JsonLines implements Reporter {
  start({ env, pipeline, run: { config, build, engine } }: Session): void {
    const { name } = pipeline;
    printJson({
      event: 'start',
      env: env.id,
      pipeline: name,
      seed: config.seed,
      kernel: build,
      engine,
      config,
    });
  }

  iteration(): void {}

  record({ steps, seconds, sps, episodeReturn, episodeScores, losses }: RunMetrics): void {
    printJson({ event: 'iteration', steps, seconds, sps, episodeReturn, episodeScores, losses });
  }

  stopping(): void {}

  close(): void {}

  end(outcome: Outcome): void {
    printJson({ event: 'end', ...outcome });
  }
}
