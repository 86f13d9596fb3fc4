import { integer, readArguments } from './arguments.ts';
import { command } from './command.ts';
import { findEnv } from './envModule.ts';
import { compact } from './format.ts';
import { printJson } from './jsonLines.ts';
import { choosePipeline } from './pipelines.ts';
import { type Setting, type Tuning, tune } from './tune.ts';
import { UsageError } from './usageError.ts';

const autotuneOptions = { seconds: 'value', workers: 'value', json: 'flag' } as const;

/** Seconds for which a setting is measured. */
export const AUTOTUNE_SECONDS = 0.5;

/** `pufferflow autotune`: measures settings on this machine, and says which is the fastest. Returns the exit code. */
export async function autotune(args: readonly string[]): Promise<number> {
  const { options, positionals } = readArguments(autotuneOptions, args, 1);
  const [name] = positionals;
  if (name === undefined) throw new UsageError('autotune: expected an env, like cartpole or ./my-env.ts');
  const seconds = secondsOf(options.seconds);
  const workers = options.workers?.split(',').map((part) => integer('workers', part, 1) as number);
  const found = await findEnv(name);
  const { env } = found;
  const progress = new Progress(process.stderr);
  let tuning: Tuning;
  try {
    tuning = await tune(found, { seconds, workers }, (setting, index, count) =>
      progress.show(`${index + 1} of ${count}: ${described(setting)}`),
    );
  } finally {
    progress.clear();
  }
  const { settings } = tuning;
  if (settings.length === 0)
    throw new UsageError('autotune: no setting could be measured: try more --seconds');
  const { pipeline } = tuning;
  const named = choosePipeline(env.id).pipeline.name === pipeline ? [] : ['--pipeline', pipeline];
  const train = ['train', name, ...named, ...optionsOf(settings[0])];
  if (options.json) printJson({ event: 'autotune', env: env.id, ...tuning, train });
  else process.stdout.write(`${report(env.id, tuning)}\n\n  ${command(...train)}\n\n${advice(tuning)}\n`);
  return 0;
}

function secondsOf(text: string | undefined): number {
  const seconds = text === undefined ? AUTOTUNE_SECONDS : Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new UsageError(`--seconds: expected a positive number, got ${text}`);
}

function optionsOf({ numEnvs, numSteps, workers }: Setting): string[] {
  return ['--envs', `${numEnvs}`, '--workers', `${workers}`, '--set', `numSteps=${numSteps}`];
}

function described({ numEnvs, numSteps, workers }: Setting): string {
  return `${numEnvs} envs × ${numSteps} steps, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
}

function report(id: string, { pipeline, own, settings, skipped, alone }: Tuning): string {
  const [best] = settings;
  const isOwn = ({ numEnvs, numSteps }: Setting) => numEnvs === own.numEnvs && numSteps === own.numSteps;
  const rows = settings.map((setting) => [
    setting === best ? '→' : '',
    `${setting.numEnvs}`,
    `${setting.numSteps}`,
    `${setting.workers}`,
    compact(setting.stepsPerSecond),
    isOwn(setting) ? '   its own' : '',
  ]);
  const all = [['', 'envs', 'steps', 'workers', 'env steps/s', ''], ...rows];
  const widths = all[0].map((_, k) => Math.max(...all.map((row) => row[k].length)));
  const lines = all.map((row) =>
    row
      .map((cell, k) => cell.padStart(widths[k]))
      .join('  ')
      .trimEnd(),
  );
  const left =
    skipped.length > 0
      ? [`Not measured, as an iteration takes too long or too much memory: ${skipped.length}`]
      : [];
  const threads = alone === undefined ? [] : [`Measured on one worker only: ${alone}`];
  const base = settings.find((setting) => isOwn(setting) && setting.workers === own.workers);
  const gain = base ? `, ${(best.stepsPerSecond / base.stepsPerSecond).toFixed(1)} × ${described(own)}` : '';
  return [
    `${id} · ${pipeline}: speed of training, rollouts and updates`,
    '',
    ...lines,
    '',
    ...left,
    ...threads,
    `Fastest here: ${described(best)}: ${compact(best.stepsPerSecond)} env steps/s${gain}.`,
  ].join('\n');
}

/** What a setting changes besides speed. */
function advice({ own, settings }: Tuning): string {
  const [same, ...slower] = settings.filter(
    ({ numEnvs, numSteps }) => numEnvs === own.numEnvs && numSteps === own.numSteps,
  );
  const kept =
    slower.length > 0
      ? `\nWith its own envs and steps, --workers ${same.workers} is the fastest: ${compact(same.stepsPerSecond)} env steps/s.`
      : '';
  return (
    '--workers changes no result. --envs and numSteps change how the agent learns: larger rollouts are divided into as\n' +
    `many minibatches, so that there are fewer and larger ones to learn from in as many steps.${kept}`
  );
}

/** A line on a terminal that is written again and again. */
class Progress {
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(text: string): void {
    if (this.#stream.isTTY) this.#stream.write(`\r\x1b[K${text}`);
  }

  clear(): void {
    this.show('');
  }
}
