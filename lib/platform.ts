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
}

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
    if (!node.process?.versions?.node)
      throw new WorkerError('workers: threads are there in Node only; use one worker');
    // Told apart from an import that a bundler for a browser would follow.
    const module = new URL(`./node/threads.${extension}`, import.meta.url).href;
    const { startThreads } = (await import(module)) as Pick<Platform, 'startThreads'>;
    return startThreads(options);
  },
};

/** Asks V8 for relaxed SIMD where it is behind a flag (Node 20); to be called before the first worker starts. */
export function allowRelaxedSimd(): void {
  node.process?.getBuiltinModule?.('node:v8')?.setFlagsFromString('--experimental-wasm-relaxed-simd');
}
