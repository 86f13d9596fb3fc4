import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as builtIns from '../envs/index.ts';
import { type AnyEnv, defineEnv } from '../lib/env/env.ts';
import { isStructured } from '../lib/env/kinds.ts';
import { nearest } from '../lib/nearest.ts';
import { loadModule } from '../lib/node/loadModule.ts';
import { UsageError } from './usageError.ts';

/** An env that the command line can name. */
export interface NamedEnv {
  readonly env: AnyEnv;
  /** Where it was loaded from; undefined: it is built in. */
  readonly module?: string;
}

/** The built-in envs by alias: their export's name in lower case. Functions that make envs have none. */
export const aliases: ReadonlyMap<string, AnyEnv> = new Map(
  Object.entries(builtIns)
    .filter(([, env]) => typeof env === 'object')
    .map(([name, env]) => [name.toLowerCase(), env as AnyEnv]),
);

/**
 * The env of that alias, id or path, ids with or without their version, in any case.
 *
 * @throws UsageError if there is none, with the nearest that there is
 */
export async function findEnv(name: string): Promise<NamedEnv> {
  if (/[\\/]|\.[cm]?[jt]s$/.test(name) && !builtIn(name)) return loadEnv(name);
  const env = builtIn(name);
  if (env) return { env };
  const known = [...aliases.keys()];
  const ids = [...aliases.values()].map(({ id }) => id);
  const guess = nearest(name, [...known, ...ids]);
  throw new UsageError(
    `unknown env ${name}${guess ? `; did you mean ${guess}?` : ''}\n` +
      `It may be one of ${known.join(', ')}, or a path to a module, like ./my-env.ts`,
  );
}

export function builtIn(name: string): AnyEnv | undefined {
  const word = name.toLowerCase();
  const byId = (env: AnyEnv) =>
    [env.id, env.id.replace(/-v\d+$/, '')].some((id) => id.toLowerCase() === word);
  return aliases.get(word) ?? [...aliases.values()].find(byId);
}

/** The default export of a module, or its first export that is an env. @throws UsageError if it has none */
async function loadEnv(path: string): Promise<NamedEnv> {
  const module = resolve(path);
  if (!existsSync(module)) throw new UsageError(`unknown env ${path}: there is no such file`);
  const { default: main, ...others } = await load(path, module);
  const env = [main, ...Object.values(others)].find(isEnv);
  if (!env) throw new UsageError(`${path}: expected an export made by defineEnv or emulate, found none`);
  return { env: isStructured(env) ? env : defineEnv(env), module };
}

async function load(path: string, module: string): Promise<Record<string, unknown>> {
  const url = pathToFileURL(module).href;
  try {
    return await loadModule(url);
  } catch (error) {
    const { message = String(error), stack = '' } = error as Error;
    const frame = stack
      .split('\n')
      .find((line) => line.includes(basename(module)) && !line.includes(message));
    throw new UsageError(`cannot load ${path}: ${message}${frame ? `\n${frame}` : ''}`, { cause: error });
  }
}

function isEnv(value: unknown): value is AnyEnv {
  const { id, create, step, observe, reset } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof id === 'string' && [create, step, observe, reset].some((part) => typeof part === 'function');
}
