import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import util from 'node:util';

interface Module {
  readonly default?: unknown;
}

/**
 * A package that users may bring, as it is found from the working directory or by NODE_PATH.
 *
 * @throws an error whose code is MODULE_NOT_FOUND if it is nowhere
 */
export async function importFromUser(name: string): Promise<unknown> {
  if (name.startsWith('@tensorflow/tfjs-node')) readyForTfjsNode(util);
  const path = createRequire(`${process.cwd()}/`).resolve(name);
  const module = (await import(pathToFileURL(path).href)) as Module;
  // Not all that a CommonJS module exports is seen by its name.
  return module.default ?? module;
}

/**
 * tfjs-node 4.22 calls a function of `node:util` that Node has no longer since version 23, and tells of the processor's
 * instructions on standard error.
 */
export function readyForTfjsNode(utilities: { isNullOrUndefined?: (value: unknown) => boolean }): void {
  utilities.isNullOrUndefined ??= (value) => value === null || value === undefined;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
}

/** Puts the package `webgpu` where browsers have WebGPU, unless it is there. */
export async function bringWebGpu(): Promise<void> {
  const global = globalThis as { navigator?: { gpu?: unknown } };
  if (global.navigator?.gpu) return;
  const { create, globals } = (await importFromUser('webgpu')) as {
    create(options: readonly string[]): unknown;
    globals: object;
  };
  Object.assign(globalThis, globals);
  global.navigator ??= {};
  Object.defineProperty(global.navigator, 'gpu', { value: create([]), configurable: true });
}

const events = ['uncaughtException', 'unhandledRejection'] as const;

/** Runs what adds handlers of uncaught errors to the process, which would change how it ends; takes them off. */
export async function withoutHandlers<T>(start: () => Promise<T>): Promise<T> {
  const before = events.map((event) => new Set(process.rawListeners(event)));
  try {
    return await start();
  } finally {
    for (const [i, event] of events.entries())
      for (const listener of process.rawListeners(event))
        if (!before[i].has(listener)) process.off(event, listener as () => void);
  }
}
