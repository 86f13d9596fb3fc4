import { resolve } from 'node:path';
import { lastValueFrom, map, tap } from 'rxjs';
import { evaluate } from '../lib/evaluate.ts';
import type { RunMetrics } from '../pipelines/openRun.ts';
import { readArguments } from './arguments.ts';
import { command } from './command.ts';
import { curve } from './curve.ts';
import { EVALUATION, evaluationLine } from './evaluate.ts';
import { clock, compact, whole } from './format.ts';
import { Interruption } from './interruption.ts';
import { JsonLines } from './jsonLines.ts';
import { LiveLines } from './liveLines.ts';
import { PlainLines } from './plainLines.ts';
import { printError } from './printError.ts';
import type { Outcome, Reporter } from './reporter.ts';
import { openSession, type Session, savedBytes, trainOptions } from './session.ts';
import { summaries } from './summaries.ts';

/** The least milliseconds between checkpoints, and how often as long as a save takes they must be apart. */
const SAVE_INTERVAL = 2000;
const SAVE_PATIENCE = 50;

/** Iterations of fewer steps are recorded together. */
export const LINE_STEPS = 100;

/** `pufferflow train`: trains until the end or a signal, and keeps the run in its folder. Returns the exit code. */
export async function train(args: readonly string[]): Promise<number> {
  const { options, positionals } = readArguments(trainOptions, args, 1);
  const session = await openSession(positionals[0], options);
  const { run, folder } = session;
  const reporter = reporterOf(options.json);
  const note = options.json ? process.stderr : process.stdout;
  const say = (text: string) => note.write(`${text}\n`);
  const interruption = new Interruption(() => {
    run.stop();
    reporter.stopping();
  });
  reporter.start(session);
  let outcome: Outcome;
  try {
    outcome = await trained(session, reporter);
  } catch (error) {
    printError(error);
    process.stderr.write(
      `The last checkpoint is whole: ${folder.checkpoint}\n${goOn(session, 'try again with')}\n`,
    );
    return 1;
  } finally {
    interruption.close();
    run.close();
  }
  const { totalSteps } = run.config;
  const { exitCode } = interruption;
  reporter.end(outcome);
  if (exitCode !== undefined && outcome.steps < totalSteps) {
    say(`\nStopped after ${whole(outcome.steps)} of ${whole(totalSteps)} steps.\n${files(session)}`);
    say(goOn(session, 'go on with'));
    return exitCode;
  }
  if (!options.json) say(`\n${summary(session, outcome)}\n${files(session)}\n${next(session)}`);
  return 0;
}

function reporterOf(json: boolean | undefined): Reporter {
  if (json) return new JsonLines();
  const live = process.stdout.isTTY && process.env.TERM !== 'dumb';
  return live ? new LiveLines(process.stdout) : new PlainLines();
}

/** Trains to the end, or to the signal, and saves. */
async function trained(
  { env, pipeline, run, folder, ...session }: Session,
  reporter: Reporter,
): Promise<Outcome> {
  const { history } = session;
  let savedAt = performance.now();
  let patience = SAVE_INTERVAL;
  let last: RunMetrics | undefined;
  const save = () => {
    const began = performance.now();
    folder.saveCheckpoint(savedBytes(run));
    savedAt = performance.now();
    patience = Math.max(SAVE_INTERVAL, SAVE_PATIENCE * (savedAt - began));
  };
  const record = (metrics: RunMetrics) => {
    const { kind, ...line } = metrics;
    last = metrics;
    history.add(metrics.steps, metrics.episodeReturn);
    folder.record(line);
    reporter.record(metrics);
    if (performance.now() - savedAt >= patience) save();
  };
  try {
    if (run.envs.steps < run.config.totalSteps) {
      const recorded = run.metrics.pipe(
        map((metrics) => ({ ...metrics, seconds: session.seconds + metrics.seconds })),
        tap((metrics) => reporter.iteration(metrics)),
        summaries(LINE_STEPS, run.envs.steps),
        tap(record),
      );
      await lastValueFrom(recorded, { defaultValue: undefined });
      save();
    }
  } finally {
    reporter.close();
    folder.flush();
  }
  const { steps, episodeReturn } = run.envs.scores;
  const { config, build, engine, solvedAtSteps } = run;
  folder.saveCurve(
    curve({
      title: `${env.id} · ${pipeline.name}`,
      subtitle: `mean return of the last 100 training episodes · seed ${config.seed} · ${engine?.learning ?? build}`,
      points: history.points,
      totalSteps: config.totalSteps,
      threshold: env.threshold,
      solvedAtSteps,
    }),
  );
  return {
    steps,
    seconds: last?.seconds ?? session.seconds,
    sps: last?.sps ?? Number.NaN,
    episodeReturn,
    solvedAtSteps,
    weightsSha256: run.weightsSha256(),
    checkpoint: resolve(folder.checkpoint),
  };
}

function summary({ env, run }: Session, { steps, seconds, sps, solvedAtSteps }: Outcome): string {
  if (!Number.isFinite(sps)) {
    return `This run is complete: it has taken ${whole(steps)} of ${whole(run.config.totalSteps)} steps.`;
  }
  const { threshold } = env;
  const solved =
    threshold === undefined || solvedAtSteps === null
      ? []
      : [
          `The mean return of 100 training episodes reached ${threshold} after ${whole(solvedAtSteps)} steps.`,
        ];
  return [
    `Trained ${whole(steps)} steps in ${seconds < 60 ? `${seconds.toFixed(1)} s` : clock(seconds)}, ${compact(sps)} steps/s.`,
    ...solved,
    evaluationLine(env, evaluate(env, run.agent, EVALUATION)),
  ].join('\n');
}

function files({ folder }: Session): string {
  return `\n  checkpoint  ${folder.checkpoint}\n  picture     ${folder.curve}`;
}

function goOn({ folder, run }: Session, words: string): string {
  if (!run.restorable)
    return '  The env has no getState: the agent was saved, but its run cannot be gone on with.';
  return `  ${words.padEnd(11)} ${command('train', '--resume', folder.path, ...engineAgain(run))}`;
}

/** The checkpoint does not say what learned: any engine goes on with it. */
function engineAgain({ engine }: Session['run']): string[] {
  return engine ? ['--engine', engine.learning] : [];
}

function next(session: Session): string {
  const { folder, run } = session;
  const more = `${2 * run.config.totalSteps}`;
  const evaluate = `  evaluate    ${command('eval', folder.path)}`;
  if (!run.restorable) return `${evaluate}\n${goOn(session, '')}`;
  return `${evaluate}\n  train on    ${command('train', '--resume', folder.path, '--steps', more, ...engineAgain(run))}`;
}
