import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { allowRelaxedSimd } from '../../lib/platform.ts';

allowRelaxedSimd();

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The builds' names, and the features they are compiled with. */
export const builds = [
  ['simd', 'simd,threads'],
  ['relaxed-simd', 'simd,threads,relaxed-simd'],
] as const;

/** Compiles AssemblyScript that imports from './kernels/…', for functions that are no kernels of their own. */
export async function compile(source: string, features: string): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array | undefined;
  const memory = ['--runtime', 'stub', '--importMemory', '--sharedMemory', '--maximumMemory', '64'];
  const { error, stderr } = await asc.main(
    [
      ...['spec.ts', '--outFile', 'spec.wasm', '--baseDir', root, ...memory],
      ...['--noAssert', '-O3', '--enable', features],
    ],
    {
      readFile: (name, base) =>
        name === 'spec.ts' ? source : readFile(`${base}/${name}`, 'utf8').catch(() => null),
      writeFile: (_, contents) => {
        binary = contents as Uint8Array;
      },
    },
  );
  if (error || !binary) throw new Error(`${stderr}`);
  return Uint8Array.from(binary);
}
