import type { Engine } from '../lib/engine/engine.ts';
import { type Backend, backends } from '../lib/engine/tensorflow/backends.ts';
import { unknown } from './arguments.ts';

/** What learns: this package's own kernels, or TensorFlow.js on the backend named, else on the best that works here. */
export type EngineName =
  | { readonly engine: 'wasm' }
  | { readonly engine: 'tensorflow'; readonly backend?: Backend };

/** All that `--engine` takes. */
export const engineNames: readonly string[] = [
  'wasm',
  'tensorflow',
  ...backends.map((backend) => `tensorflow:${backend}`),
];

/** The engine that a word names. @throws UsageError with the nearest name if there is none */
export function engineName(text: string): EngineName {
  if (!engineNames.includes(text)) throw unknown('engine', text, engineNames);
  if (text === 'wasm') return { engine: 'wasm' };
  const backend = text.split(':')[1] as Backend | undefined;
  return { engine: 'tensorflow', ...(backend && { backend }) };
}

/** The engine that a word names; undefined: the wasm engine. @throws EngineError if it does not work here */
export async function openEngine(text: string): Promise<Engine | undefined> {
  const name = engineName(text);
  if (name.engine === 'wasm') return undefined;
  const { tensorflow } = await import('../lib/engine/tensorflow/index.ts');
  return tensorflow({ backend: name.backend });
}
