import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { configure } from '../lib/config.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { ConfigError } from '../lib/errors.ts';
import type { Json } from '../lib/nouns.ts';
import { MOST_WORKERS } from '../lib/workers/threadCrew.ts';
import { openRun, type Run } from '../pipelines/openRun.ts';
import type { AnyPipeline } from '../pipelines/pipeline.ts';
import { changesOf, integer, type Options } from './arguments.ts';
import { openEngine } from './engines.ts';
import { findEnv, type NamedEnv } from './envModule.ts';
import { History } from './history.ts';
import { type Choice, choosePipeline, savedPipeline } from './pipelines.ts';
import { type MetricsLine, RunFolder } from './runFolder.ts';
import { savedEnv } from './savedEnv.ts';
import { UsageError } from './usageError.ts';
import { version } from './version.ts';

export const trainOptions = {
  pipeline: 'value',
  steps: 'value',
  seed: 'value',
  envs: 'value',
  set: 'values',
  out: 'value',
  resume: 'value',
  json: 'flag',
  deterministic: 'flag',
  workers: 'value',
  'step-timeout': 'value',
  engine: 'value',
} as const;

export type TrainOptions = Options<typeof trainOptions>;

/** A run that is open, and where it is kept. */
export interface Session {
  readonly env: AnyEnv;
  readonly pipeline: AnyPipeline;
  readonly run: Run;
  readonly folder: RunFolder;
  /** Seconds that were trained before this session, as far as the folder knows. */
  readonly seconds: number;
  /** The mean return so far. */
  readonly history: History;
}

/** What a session is called. */
export function titleOf({ env, pipeline, run: { config, build, engine } }: Session): string {
  const kernels = engine ? `${engine.learning}, acting: ${engine.acting}` : build;
  return `${env.id} · ${pipeline.name} · seed ${config.seed} · ${kernels}`;
}

/** Opens a new run, or one that was saved. Its folder is made, and holds a checkpoint, before it trains. */
export async function openSession(name: string | undefined, options: TrainOptions): Promise<Session> {
  if (options.resume !== undefined) return resumed(name, options.resume, options);
  if (name === undefined)
    throw new UsageError('train: expected an env, like cartpole; pufferflow list shows them');
  const named = await findEnv(name);
  const choice = choosePipeline(named.env.id, options.pipeline);
  const free = options.out === undefined ? undefined : RunFolder.free(options.out);
  const engine = await openEngine(options.engine ?? 'wasm');
  const run = await opened(async () =>
    openRun(named.env, choice.pipeline, configOf(choice, options), { ...crewOf(named, options), engine }),
  );
  const folder = free ?? RunFolder.named(named.env.id, run.config.seed);
  return begun(named, choice.pipeline, run, folder, []);
}

async function resumed(name: string | undefined, path: string, options: TrainOptions): Promise<Session> {
  const from = RunFolder.saved(path);
  const to = options.out === undefined ? from : RunFolder.free(options.out);
  for (const fixed of ['seed', 'envs', 'pipeline'] as const) {
    if (options[fixed] !== undefined) throw new UsageError(`--${fixed} cannot be changed in a resumed run`);
  }
  const bytes = from.readCheckpoint();
  const named = await savedEnv(bytes, from, name);
  const pipeline = savedPipeline(bytes);
  const changes = { ...changesOf(options.set ?? []), ...flagsOf(options) };
  for (const fixed of ['seed', 'numEnvs']) {
    if (fixed in changes) throw new UsageError(`--set ${fixed} cannot be changed in a resumed run`);
  }
  const engine = await openEngine(options.engine ?? 'wasm');
  const run = await opened(() =>
    openRun(named.env, pipeline, bytes, { config: changes, ...crewOf(named, options), engine }),
  );
  const lines = from.metricsUpTo(run.envs.steps);
  return begun(named, pipeline, run, to, lines);
}

function begun(
  { env, module }: NamedEnv,
  pipeline: AnyPipeline,
  run: Run,
  folder: RunFolder,
  lines: readonly MetricsLine[],
): Session {
  const config = run.config as unknown as Json;
  folder.begin({ version, pipeline: pipeline.name, env: env.id, module, kernel: run.build, config });
  folder.keep(lines);
  folder.saveCheckpoint(savedBytes(run));
  const history = new History();
  for (const { steps, episodeReturn } of lines) history.add(steps, episodeReturn ?? Number.NaN);
  return { env, pipeline, run, folder, seconds: lines.at(-1)?.seconds ?? 0, history };
}

/** A checkpoint of the run; of its agent alone, if its env cannot be saved. */
export function savedBytes(run: Run): Uint8Array<ArrayBuffer> {
  return run.restorable ? run.save() : run.saveAgent();
}

/** The library's defaults, then the env's, then what --set says, then the options that have a name of their own. */
function configOf({ pipeline: { schema }, changes }: Choice, options: TrainOptions) {
  const asked = changesOf(options.set ?? []);
  return configure(schema, flagsOf(options), configure(schema, asked, configure(schema, changes)));
}

function flagsOf({ steps, seed, envs, deterministic }: TrainOptions) {
  const changes = {
    totalSteps: integer('steps', steps, 1),
    seed: integer('seed', seed, 0),
    numEnvs: integer('envs', envs, 1),
    deterministic,
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

/** Who works on the run: by default as many threads as there are cores. */
function crewOf({ module }: NamedEnv, options: TrainOptions) {
  const timeout = integer('step-timeout', options['step-timeout'], 1);
  return {
    workers: integer('workers', options.workers, 1) ?? Math.min(MOST_WORKERS, availableParallelism()),
    ...(module !== undefined && { module: pathToFileURL(module).href }),
    ...(timeout !== undefined && { stepTimeout: 1000 * timeout }),
  };
}

/** What is out of range, as a request for more memory than there is, is the command line's doing. */
async function opened(open: () => Promise<Run>): Promise<Run> {
  try {
    return await open();
  } catch (error) {
    const cause = error instanceof ConfigError ? error.cause : error;
    const ofEnv = cause instanceof TypeError && cause.message.startsWith('emulate ');
    if (cause instanceof RangeError || ofEnv) throw new UsageError((cause as Error).message, { cause });
    throw error;
  }
}
