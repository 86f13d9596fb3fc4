import { configure, type Field, type Schema } from '../lib/config.ts';
import { readArguments } from './arguments.ts';
import { AUTOTUNE_SECONDS } from './autotune.ts';
import { RUNS } from './checkLines.ts';
import { builtIn } from './envModule.ts';
import { EVALUATION } from './evaluate.ts';
import { choosePipeline, pipelineNames } from './pipelines.ts';
import { trainOptions } from './session.ts';
import { LINE_STEPS } from './train.ts';
import { MOST_GIF_FPS, WATCH } from './watch.ts';
import { KEYS } from './watchKeys.ts';

const main = `pufferflow trains reinforcement-learning agents.

  pufferflow train <env>       train an agent
  pufferflow eval <run>        play episodes with an agent that was trained
  pufferflow watch <run|env>   see an agent or random actions play
  pufferflow check <env>       ask whether an env obeys the laws
  pufferflow autotune <env>    find the fastest setting on this machine
  pufferflow list              list the built-in envs
  pufferflow doctor            see which engines work on this machine
  pufferflow bench [names…]    measure this machine's speed
  pufferflow help [command]    explain a command
  pufferflow --version

An env is built in, like cartpole, or a module that exports one, like ./my-env.ts.
`;

function train(args: readonly string[]): string {
  const { options, positionals } = readArguments(trainOptions, args, 1);
  const env = positionals[0] === undefined ? undefined : builtIn(positionals[0]);
  const { pipeline, changes } = choosePipeline(env?.id, options.pipeline);
  const { name } = pipeline;
  const whose = env
    ? `as ${name} has them for ${env.id}`
    : `and ${name}'s defaults (a built-in env has tuned ones)`;
  return `pufferflow train <env> [options]
pufferflow train --resume <run> [options]

Trains an agent. <env> is a built-in env (pufferflow list) or a path to a module that exports one. The run is kept in a
folder: config.json, metrics.jsonl, checkpoint.safetensors and curve.svg. Ctrl-C saves and stops.

  --pipeline <name>    how it learns: ${pipelineNames.join(', ')}. By default what the env is tuned for, or else ppo
  --steps <n>          transitions to train on: env steps, those of all agents counted
  --seed <n>           of everything that is random
  --envs <n>           worlds that are stepped together
  --set <key>=<value>  change a key of the configuration; may be given again
  --out <folder>       keep the run here, instead of in runs/<env>-<seed>-<time>
  --resume <run>       go on with the run in this folder, bit for bit as if it had never stopped
  --engine <name>      what learns: wasm (this package's kernels), or tensorflow[:node-gpu|node|webgpu|wasm|cpu], the
                       best that works here unless one is named; pufferflow doctor tells which work
  --workers <n>        threads that share the work: by default as many as there are cores. They change no result
  --step-timeout <s>   end the run if the envs get no further for so many seconds: 60; if it is given, they run on
                       threads only, which can be ended even if they never return
  --deterministic      the same bits on every machine, at the cost of speed
  --json               print JSON lines: start, iteration…, end

Iterations of few steps, as sac's are, share a line of metrics.jsonl and of --json, a line for every ${LINE_STEPS} steps, with
the means of their losses. The picture on a terminal is drawn ten times a second at most.

Keys for --set, ${whose}:

${keyTable(pipeline.schema, changes)}
`;
}

const evaluate = `pufferflow eval <run> [options]

Plays whole episodes with the agent of a checkpoint; <run> is its file or the folder of its run.

  --episodes <n>       episodes to play: ${EVALUATION.episodes}
  --seed <n>           of the envs, and of sampled actions: ${EVALUATION.seed}
  --sample             sample actions instead of taking the most probable one
  --env <env>          play this env, for an agent of the same spaces
  --json               print a line of JSON: eval
`;

const watch = `pufferflow watch <run or env> [options]

Shows the agent of a checkpoint play, or random actions in an env, on the terminal or as pictures. <run> is the
checkpoint's file or the folder of its run. An env that draws no pictures shows its observations as text.

  --seed <n>           of the world, and of actions that are drawn: ${WATCH.seed}
  --episodes <n>       episodes to play: on the terminal until q is pressed, else ${WATCH.episodes}
  --fps <n>            steps a second: ${WATCH.fps}; at most ${MOST_GIF_FPS} in a GIF
  --sample             sample the agent's actions instead of taking the most probable one
  --env <env>          play this env, for an agent of the same spaces
  --gif <file>         write an animation
  --png <folder>       write numbered pictures; with --frames 1 it may be a file.png
  --frames <n>         pictures at most: ${WATCH.frames}
  --scale <n>          write each pixel as a square of n × n

Keys on the terminal: ${KEYS}.
`;

const check = `pufferflow check <env> [options]

Searches for cases in which an env breaks a law: that the same seed gives the same bits, that observations are in their
space, that a saved state goes on as if nothing had happened, and others. A case that is found is made as small as it
can be, and printed with the line that repeats it. Exits with 1 if a law is broken. A law that cannot be asked, as of an
env that cannot be saved, says why. An env that never returns cannot be interrupted from within: Ctrl-C ends it, and the
last law named is the one that it hangs in (on a terminal).

  --runs <n>           cases of each law: ${RUNS}
  --law <name>         ask this law only; may be given again
  --seed <n>           of the search; another one every time, if it is not given
  --path <p>           with --law and --seed: the case that a failure named
  --json               print a line of JSON: check

In tests, describeEnv from pufferflow/laws asks the same laws.
`;

const autotune = `pufferflow autotune <env> [options]

Measures how fast an agent is trained on this machine, rollouts and updates together, for some numbers of worlds, of
steps in a rollout and of workers, the rest being as pufferflow train <env> has it. Shows the table, and the options to
train with. Workers change no result; worlds and steps change how the agent learns.

  --seconds <n>        for which each setting is measured: ${AUTOTUNE_SECONDS}
  --workers <n,…>      counts of workers to try: by default 1, 2, 4, … and as many as there are cores
  --json               print a line of JSON: autotune
`;

const list = `pufferflow list [--json]

Lists the built-in envs.
`;

const doctor = `pufferflow doctor [--json]

Tries each engine that an agent can be trained with on this machine, in a process of its own, with a product of matrices
and its gradient. Says which work and on what, and of each other one what to install. Exits with 1 if the wasm engine,
which needs nothing else, does not work.
`;

/** What `pufferflow help` says of each command; `bench` explains itself. */
export const usage: Readonly<Record<string, (args: readonly string[]) => string>> = {
  '': () => main,
  train,
  eval: () => evaluate,
  watch: () => watch,
  check: () => check,
  autotune: () => autotune,
  list: () => list,
  doctor: () => doctor,
  help: () => main,
};

function keyTable(schema: Schema, changes: object): string {
  const rows = keys(schema, configure(schema, changes));
  const width = Math.max(...rows.map(([key]) => key.length));
  return rows.map(([key, expected]) => `  ${key.padEnd(width)}  ${expected}`).join('\n');
}

function keys(schema: Schema, values: object, path = ''): [key: string, expected: string][] {
  return Object.entries(schema).flatMap(([key, entry]): [string, string][] => {
    const value = (values as Record<string, unknown>)[key];
    if (typeof entry.accepts !== 'function') return keys(entry as Schema, value as object, `${path}${key}.`);
    return [[`${path}${key}=${brief(value)}`, (entry as Field<unknown>).expected]];
  });
}

function brief(value: unknown): string {
  if (typeof value === 'number') return `${Number(value.toPrecision(4))}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
