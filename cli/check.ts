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
  const { path, json } = options;
  const runs = integer('runs', options.runs, 1) ?? RUNS;
  const seed = integer('seed', options.seed, 0);
  if (path !== undefined && (options.law?.length !== 1 || seed === undefined))
    throw new UsageError('--path: expected one --law and a --seed with it, as the failure named them');
  if (path !== undefined && !/^\d+(:\d+)*$/.test(path))
    throw new UsageError(`--path: expected numbers and colons, like 3:0:1, got ${path}`);
  const { env } = await findEnv(name);
  const laws = chosen(envLaws(env), options.law);
  const search = { runs, seed: seed ?? Math.floor(Math.random() * 2 ** 31), path };
  const lines = json ? undefined : new CheckLines(process.stdout, { env, laws, ...search });
  const verdicts: Verdict[] = [];
  for (const law of laws) {
    lines?.begin(law);
    const verdict = await judge(law, env, name, { ...search, progress: () => lines?.tried() });
    lines?.end(verdict);
    verdicts.push(verdict);
  }
  const count = (result: Verdict['result']) => verdicts.filter((verdict) => verdict.result === result).length;
  const counts = { holds: count('holds'), broken: count('broken'), skipped: count('skipped') };
  lines?.close(counts);
  if (json) printJson({ event: 'check', env: env.id, seed: search.seed, runs, ...counts, laws: verdicts });
  return counts.broken > 0 ? 1 : 0;
}

function chosen(laws: readonly Law<AnyEnv>[], names: readonly string[] | undefined): readonly Law<AnyEnv>[] {
  if (!names) return laws;
  const known = laws.map(({ name }) => name);
  for (const name of names) if (!known.includes(name)) throw unknown('law', name, known);
  return laws.filter(({ name }) => names.includes(name));
}

async function judge(
  law: Law<AnyEnv>,
  env: AnyEnv,
  subject: string,
  search: Parameters<Law<AnyEnv>['run']>[1],
): Promise<Verdict> {
  const { name, says } = law;
  const why = law.skip(env);
  if (why !== undefined) return { name, says, result: 'skipped', reason: why };
  try {
    await law.run(env, search);
    return { name, says, result: 'holds' };
  } catch (error) {
    if (!(error instanceof LawError)) throw error;
    const { reason, story, instance, place, seed, path, unasked } = error;
    if (unasked) return { name, says, result: 'skipped', reason };
    const replay = ['--law', name, '--seed', `${seed}`, ...(path ? ['--path', path] : [])];
    const again = command('check', subject, ...replay);
    return { name, says, result: 'broken', reason, ...place, story, case: instance, seed, path, again };
  }
}
