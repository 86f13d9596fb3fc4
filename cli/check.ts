import type { AnyEnv } from '../lib/env/env.ts';
import { LawError } from '../spec/laws/breach.ts';
import { envLaws } from '../spec/laws/envLaws.ts';
import type { Law } from '../spec/laws/law.ts';
import { integer, readArguments, unknown } from './arguments.ts';
import { CheckLines, RUNS, type Verdict } from './checkLines.ts';
import { command } from './command.ts';
import { findEnv } from './envModule.ts';
import { printJson } from './jsonLines.ts';
import { UsageError } from './usageError.ts';

const checkOptions = { runs: 'value', seed: 'value', path: 'value', law: 'values', json: 'flag' } as const;

/** `pufferflow check`: asks whether an env obeys the laws. Returns the exit code: 1 if it breaks one. */
export async function check(args: readonly string[]): Promise<number> {
  const { options, positionals } = readArguments(checkOptions, args, 1);
  const [name] = positionals;
  if (name === undefined) throw new UsageError('check: expected an env, like cartpole or ./my-env.ts');
  const { env } = await findEnv(name);
  const laws = chosen(envLaws(env), options.law);
  const { path } = options;
  if (path !== undefined && (laws.length !== 1 || options.seed === undefined))
    throw new UsageError('--path: expected --law and --seed with it, as the failure named them');
  if (path !== undefined && !/^\d+(:\d+)*$/.test(path))
    throw new UsageError(`--path: expected numbers and colons, like 3:0:1, got ${path}`);
  const seed = integer('seed', options.seed, 0) ?? Math.floor(Math.random() * 2 ** 31);
  const runs = integer('runs', options.runs, 1) ?? RUNS;
  const lines = options.json ? undefined : new CheckLines(process.stdout, { env, laws, runs, seed });
  const verdicts: Verdict[] = [];
  for (const law of laws) {
    const ask = { runs, seed, path, progress: () => lines?.tried() };
    lines?.begin(law);
    const verdict = await judge(law, env, ask, name);
    verdicts.push(verdict);
    lines?.end(verdict);
  }
  const count = (result: Verdict['result']) => verdicts.filter((verdict) => verdict.result === result).length;
  const counts = { holds: count('holds'), broken: count('broken'), skipped: count('skipped') };
  if (options.json) printJson({ event: 'check', env: env.id, seed, runs, ...counts, laws: verdicts });
  else lines?.close(counts);
  return counts.broken > 0 ? 1 : 0;
}

function chosen(laws: readonly Law<AnyEnv>[], names: readonly string[] | undefined): readonly Law<AnyEnv>[] {
  if (!names) return laws;
  const known = laws.map(({ name }) => name);
  for (const name of names) if (!known.includes(name)) throw unknown('law', name, known);
  return laws.filter(({ name }) => names.includes(name));
}

interface Ask {
  readonly runs: number;
  readonly seed: number;
  readonly path: string | undefined;
  readonly progress: () => void;
}

async function judge(law: Law<AnyEnv>, env: AnyEnv, ask: Ask, subject: string): Promise<Verdict> {
  const { name, says } = law;
  const reason = law.skip(env);
  if (reason !== undefined) return { name, says, result: 'skipped', reason };
  try {
    await law.run(env, ask);
    return { name, says, result: 'holds' };
  } catch (error) {
    if (!(error instanceof LawError)) throw error;
    if (error.unasked) return { name, says, result: 'skipped', reason: error.reason };
    const { reason, story, instance, place, seed, path } = error;
    const replay = ['--law', name, '--seed', `${seed}`, ...(path ? ['--path', path] : [])];
    const again = command('check', subject, ...replay);
    return { name, says, result: 'broken', reason, story, case: instance, ...place, seed, path, again };
  }
}
