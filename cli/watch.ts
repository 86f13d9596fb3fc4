import { existsSync, readFileSync } from 'node:fs';
import { readAgent } from '../lib/agentFile.ts';
import { CheckpointError } from '../lib/errors.ts';
import { integer, type Options, readArguments } from './arguments.ts';
import { builtIn, findEnv } from './envModule.ts';
import { findCheckpoint } from './evaluate.ts';
import { Player } from './player.ts';
import { playOnTerminal } from './playOnTerminal.ts';
import { savedEnv } from './savedEnv.ts';
import { UsageError } from './usageError.ts';
import { writePictures } from './writePictures.ts';

/** What is played where nothing else is asked for. */
export const WATCH = { seed: 0, fps: 30, episodes: 1, frames: 10_000, scale: 1 } as const;
/** Players take shorter times in a GIF for longer ones. */
export const MOST_GIF_FPS = 50;

const watchOptions = {
  env: 'value',
  seed: 'value',
  episodes: 'value',
  fps: 'value',
  sample: 'flag',
  png: 'value',
  gif: 'value',
  frames: 'value',
  scale: 'value',
} as const;

/** `pufferflow watch`: plays on the terminal, or into files. Returns the exit code. */
export async function watch(args: readonly string[]): Promise<number> {
  const { options, positionals } = readArguments(watchOptions, args, 1);
  const [subject] = positionals;
  if (subject === undefined)
    throw new UsageError('watch: expected a checkpoint, the folder of a run, or an env, like cartpole');
  const { png, gif } = options;
  const isFiled = png !== undefined || gif !== undefined;
  if (!isFiled && !process.stdout.isTTY)
    throw new UsageError(
      'watch: there is no terminal to play on; --gif <file> or --png <folder> writes pictures',
    );
  for (const name of ['frames', 'scale'] as const)
    if (!isFiled && options[name] !== undefined)
      throw new UsageError(`--${name}: expected --gif or --png with it`);
  const episodes = integer('episodes', options.episodes, 1);
  const fps = integer('fps', options.fps, 1) ?? WATCH.fps;
  if (gif !== undefined && fps > MOST_GIF_FPS)
    throw new UsageError(`--fps: expected at most ${MOST_GIF_FPS} with --gif, got ${fps}`);
  const frames = integer('frames', options.frames, 1) ?? WATCH.frames;
  const scale = integer('scale', options.scale, 1) ?? WATCH.scale;
  const { player, title } = await open(subject, options);
  try {
    return isFiled
      ? await writePictures(player, episodes ?? WATCH.episodes, { png, gif, fps, scale, frames })
      : await playOnTerminal(player, { title, fps, episodes });
  } finally {
    player.close();
  }
}

/** A saved agent in its env, or random actions in an env. A built-in env goes before a file of its name. */
async function open(
  subject: string,
  { env: name, sample = false, ...options }: Options<typeof watchOptions>,
): Promise<{ player: Player; title: string }> {
  const seed = integer('seed', options.seed, 0) ?? WATCH.seed;
  if (builtIn(subject) || /\.[cm]?[jt]s$/.test(subject) || !existsSync(subject)) {
    if (name !== undefined)
      throw new UsageError(`--env: expected a checkpoint or the folder of a run, got ${subject}`);
    if (sample)
      throw new UsageError(`--sample: expected a checkpoint or the folder of a run, got ${subject}`);
    const { env } = await findEnv(subject);
    return {
      player: Player.open(env, undefined, { seed }),
      title: `${env.id} · random actions · seed ${seed}`,
    };
  }
  const { file, folder } = findCheckpoint(subject);
  const bytes = readFileSync(file);
  const { env } = await savedEnv(bytes, folder, name);
  const agent = readAgent(bytes);
  if (agent.env !== env.id && name === undefined)
    throw new CheckpointError(`checkpoint: expected an agent for ${env.id}, got one for ${agent.env}`);
  const how = sample ? 'sampled actions' : 'most probable actions';
  return {
    player: Player.open(env, agent, { seed, sample }),
    title: `${env.id} · ${subject} · ${how} · seed ${seed}`,
  };
}
