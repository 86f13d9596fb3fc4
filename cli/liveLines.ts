import type { RunMetrics } from '../pipelines/openRun.ts';
import { livePicture } from './livePicture.ts';
import { LiveScreen, type Terminal } from './liveScreen.ts';
import type { Reporter } from './reporter.ts';
import { type Session, titleOf } from './session.ts';
import { Summary } from './summaries.ts';

/** Milliseconds between pictures. */
const INTERVAL = 100;

/** The live picture of a run, for a person at a terminal. */
export class LiveLines implements Reporter {
  readonly #screen: LiveScreen;
  readonly #color: boolean;
  #session: Session | undefined;
  #startedAt = 0;
  #stepsAtStart = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #rolloutTime = 0;
  #updateTime = 0;
  readonly #undrawn = new Summary();
  #last: RunMetrics | undefined;
  #hint = 'Ctrl-C saves and stops';

  constructor(stream: Terminal, color = !process.env.NO_COLOR) {
    this.#screen = new LiveScreen(stream);
    this.#color = color;
  }

  start(session: Session): void {
    this.#session = session;
    this.#startedAt = performance.now();
    this.#stepsAtStart = session.run.envs.steps;
  }

  iteration(metrics: RunMetrics): void {
    this.#rolloutTime += metrics.rolloutTime;
    this.#updateTime += metrics.updateTime;
    this.#undrawn.add(metrics);
    if (performance.now() - this.#drawnAt >= INTERVAL) this.#draw();
  }

  record(): void {}

  stopping(): void {
    this.#hint = 'stopping after this iteration; Ctrl-C again quits at once, without saving';
    this.#draw();
  }

  close(): void {
    this.#hint = '';
    this.#draw();
    this.#screen.close();
  }

  end(): void {}

  #draw(): void {
    this.#last = this.#undrawn.take() ?? this.#last;
    if (!this.#session || !this.#last) return;
    this.#drawnAt = performance.now();
    const { run, env, history } = this.#session;
    const { totalSteps } = run.config;
    const { steps, episodes, episodeReturn, episodeLength, episodeScores, losses, sps } = this.#last;
    const wall = this.#drawnAt - this.#startedAt;
    const picture = {
      title: titleOf(this.#session),
      steps,
      totalSteps,
      sps,
      elapsed: wall / 1000,
      left: ((Math.max(0, totalSteps - steps) / (steps - this.#stepsAtStart)) * wall) / 1000,
      returns: history.values,
      episodeReturn,
      episodeLength,
      episodeScores,
      episodes,
      threshold: env.threshold,
      losses,
      rollout: this.#rolloutTime / wall,
      update: this.#updateTime / wall,
      hint: this.#hint,
    };
    const { columns, rows } = this.#screen;
    this.#screen.draw(livePicture(picture, { columns, rows, color: this.#color }));
  }
}
