import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { readAgent } from '../lib/agentFile.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { CheckpointError } from '../lib/errors.ts';
import { type Evaluation, evaluate } from '../lib/evaluate.ts';
import { integer, readArguments } from './arguments.ts';
import { score } from './format.ts';
import { printJson } from './jsonLines.ts';
import { RunFolder } from './runFolder.ts';
import { savedEnv } from './savedEnv.ts';
import { UsageError } from './usageError.ts';

/** How an agent is judged where nothing else is asked for. */
export const EVALUATION = { episodes: 100, seed: 0 } as const;

const evalOptions = {
  episodes: 'value',
  seed: 'value',
  sample: 'flag',
  env: 'value',
  json: 'flag',
} as const;

/** `pufferflow eval`: plays episodes with a saved agent. Returns the exit code. */
export async function evaluateCommand(args: readonly string[]): Promise<number> {
  const { options, positionals } = readArguments(evalOptions, args, 1);
  const [path] = positionals;
  if (path === undefined) throw new UsageError('eval: expected a checkpoint or the folder of a run');
  const episodes = integer('episodes', options.episodes, 1) ?? EVALUATION.episodes;
  const seed = integer('seed', options.seed, 0) ?? EVALUATION.seed;
  const { sample = false, json } = options;
  const { file, folder } = findCheckpoint(path);
  const bytes = readFileSync(file);
  const { env } = await savedEnv(bytes, folder, options.env);
  const agent = readAgent(bytes);
  if (agent.env !== env.id && options.env === undefined) {
    throw new CheckpointError(`checkpoint: expected an agent for ${env.id}, got one for ${agent.env}`);
  }
  const evaluation = evaluate(env, agent, { episodes, seed, sample });
  if (json) printJson({ event: 'eval', ...evaluation });
  else process.stdout.write(`${evaluationLine(env, evaluation, sample)}\n`);
  return 0;
}

/** The checkpoint that a path names, itself or as the folder of a run. @throws UsageError if there is none */
export function findCheckpoint(path: string): { file: string; folder: RunFolder | undefined } {
  if (!existsSync(path)) throw new UsageError(`${path}: there is no such checkpoint or folder`);
  if (statSync(path).isDirectory()) {
    const folder = RunFolder.saved(path);
    return { file: folder.checkpoint, folder };
  }
  return { file: path, folder: RunFolder.around(dirname(path)) };
}

/** What an evaluation came to, in a sentence. */
export function evaluationLine(env: AnyEnv, evaluation: Evaluation, sample = false): string {
  const { episodes, meanReturn, stdReturn, meanLength, meanScores, cut } = evaluation;
  const scores = Object.entries(meanScores).map(([name, value]) => `, ${name} ${score(value)}`);
  const how = sample ? 'sampled actions' : 'most probable actions';
  const { threshold } = env;
  const verdict =
    threshold === undefined
      ? ''
      : meanReturn >= threshold
        ? `\nSolved: ${score(meanReturn)} is at or above ${env.id}'s threshold of ${threshold}.`
        : `\nNot solved: ${score(meanReturn)} is below ${env.id}'s threshold of ${threshold}.`;
  const unended = cut === 0 ? '' : ` ${cut} of them did not end, and were cut.`;
  return (
    `Evaluated over ${episodes} episodes with ${how}: ` +
    `return ${score(meanReturn)} ± ${stdReturn.toFixed(Math.abs(meanReturn) < 10 ? 2 : 1)}, length ${score(meanLength)}${scores.join('')}.${unended}${verdict}`
  );
}
