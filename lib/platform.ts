/** What differs between Node and a browser: this file is the only place in the library that asks which it is. */
export interface Platform {
  /** Milliseconds from an arbitrary origin. */
  now(): number;
  /** Calls back in a later turn of the event loop, timers and input having had theirs; returns a canceller. */
  nextTurn(callback: () => void): () => void;
}

interface NodeGlobals {
  setImmediate?: (callback: () => void) => object;
  clearImmediate?: (handle: object) => void;
  process?: { getBuiltinModule?: (id: string) => { setFlagsFromString(flag: string): void } | undefined };
}

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
};

/** Asks V8 for relaxed SIMD where it is behind a flag (Node 20); to be called before the first worker starts. */
export function allowRelaxedSimd(): void {
  node.process?.getBuiltinModule?.('node:v8')?.setFlagsFromString('--experimental-wasm-relaxed-simd');
}
