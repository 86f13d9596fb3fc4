import { WorkerError } from './errors.ts';
import type { StartOptions, Threads } from './workers/opening.ts';

/** What differs between Node and a browser: this file is the only place in the library that asks which it is. */
export interface Platform {
  /** Milliseconds from an arbitrary origin. */
  now(): number;
  /** Calls back in a later turn of the event loop, timers and input having had theirs; returns a canceller. */
  nextTurn(callback: () => void): () => void;
  /** Milliseconds later. */
  pause(milliseconds: number): Promise<void>;
  /** @throws WorkerError where there are no threads */
  startThreads(options: StartOptions): Promise<Threads>;
  /** A package that users may bring. @throws an error whose code is MODULE_NOT_FOUND where it is not there, as in a browser */
  importFromUser(name: string): Promise<unknown>;
  /** Sees to it that `navigator.gpu` is there. @throws as importFromUser does where it cannot be */
  bringWebGpu(): Promise<void>;
  /** Runs what may add handlers of uncaught errors to the process; takes them off. */
  withoutHandlers<T>(start: () => Promise<T>): Promise<T>;
}

type Packages = Pick<Platform, 'importFromUser' | 'bringWebGpu' | 'withoutHandlers'>;

interface NodeGlobals {
  setImmediate?: (callback: () => void) => object;
  clearImmediate?: (handle: object) => void;
  process?: {
    versions?: { node?: string };
    getBuiltinModule?: (id: string) => { setFlagsFromString(flag: string): void } | undefined;
  };
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

const node = globalThis as NodeGlobals;

// Told apart from an import that a bundler for a browser would follow.
function ofNode<T>(file: string): Promise<T> {
  return import(new URL(`./node/${file}.${extension}`, import.meta.url).href);
}

const isNode = () => node.process?.versions?.node !== undefined;

function messageTurn(callback: () => void): () => void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(null);
  return () => port1.close();
}

export const platform: Platform = {
  now: () => performance.now(),
  nextTurn(callback) {
    const { setImmediate, clearImmediate } = node;
    if (!setImmediate || !clearImmediate) return messageTurn(callback);
    const handle = setImmediate(callback);
    return () => clearImmediate(handle);
  },
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  async startThreads(options) {
    if (!isNode()) throw new WorkerError('workers: threads are there in Node only; use one worker');
    const { startThreads } = await ofNode<Pick<Platform, 'startThreads'>>('threads');
    return startThreads(options);
  },
  async importFromUser(name) {
    if (!isNode())
      throw Object.assign(new Error(`${name} is there in Node only`), { code: 'MODULE_NOT_FOUND' });
    return (await ofNode<Packages>('optionalPackages')).importFromUser(name);
  },
  async bringWebGpu() {
    if (isNode()) return (await ofNode<Packages>('optionalPackages')).bringWebGpu();
    if (!(globalThis as { navigator?: { gpu?: unknown } }).navigator?.gpu)
      throw new Error('this browser has no WebGPU');
  },
  async withoutHandlers(start) {
    return isNode() ? (await ofNode<Packages>('optionalPackages')).withoutHandlers(start) : start();
  },
};

/** Asks V8 for relaxed SIMD where it is behind a flag (Node 20); to be called before the first worker starts. */
export function allowRelaxedSimd(): void {
  node.process?.getBuiltinModule?.('node:v8')?.setFlagsFromString('--experimental-wasm-relaxed-simd');
}
