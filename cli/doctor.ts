import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Backend, backends, packages } from '../lib/engine/tensorflow/backends.ts';
import { chooseBuild, instantiate } from '../lib/engine/wasm/kernels.ts';
import { readArguments } from './arguments.ts';
import { command } from './command.ts';
import { printJson } from './jsonLines.ts';
import type { Trial } from './tryBackend.ts';
import { version } from './version.ts';

/** Milliseconds that a backend has to answer in. */
const PATIENCE = 60_000;

interface Report {
  readonly version: string;
  readonly node: string;
  readonly machine: string;
  readonly cores: number;
  readonly engines: readonly (Trial & { readonly engine: string })[];
  /** The backend that `--engine tensorflow` takes; null: none works. */
  readonly best: Backend | null;
}

/** `pufferflow doctor`: the engines that work on this machine, and what others lack. Returns the exit code. */
export async function doctor(args: readonly string[]): Promise<number> {
  const { options } = readArguments({ json: 'flag' }, args, 0);
  const trials = await Promise.all(backends.map(tryBackend));
  const best = backends.find((_, i) => trials[i].works && !trials[i].isImitated) ?? null;
  const report: Report = {
    version,
    node: process.versions.node,
    machine: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    engines: [
      { engine: 'wasm', ...tryKernels() },
      ...trials.map((trial, i) => ({ engine: `tensorflow:${backends[i]}`, ...trial })),
    ],
    best,
  };
  if (options.json) printJson({ event: 'doctor', ...report });
  else process.stdout.write(written(report));
  return report.engines[0].works ? 0 : 1;
}

function tryKernels(): Trial {
  try {
    const build = chooseBuild();
    instantiate(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }), build);
    return { works: true, adapter: build };
  } catch (error) {
    return { works: false, reason: (error as Error).message };
  }
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const trier = fileURLToPath(new URL(`./tryBackend.${extension}`, import.meta.url));

/** Asks a backend in a process of its own. */
function tryBackend(backend: Backend): Promise<Trial> {
  return new Promise((resolve) => {
    const child = fork(trier, [backend], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], timeout: PATIENCE });
    let complaint = '';
    child.stderr?.on('data', (data) => {
      complaint += data;
    });
    child.on('message', (trial) => resolve(trial as Trial));
    child.on('error', ({ message }) => resolve({ works: false, reason: message }));
    child.on('close', (code, signal) => {
      const [last = ''] = complaint.trim().split('\n').slice(-1);
      resolve({ works: false, reason: `its process ended with ${signal ?? code} ${last}`.trim() });
    });
  });
}

function written({ version, node, machine, cores, engines, best }: Report): string {
  const width = Math.max(...engines.map(({ engine }) => engine.length));
  const lines = engines.map(
    (each) => `  ${each.works ? '✓' : '✗'} ${each.engine.padEnd(width)}  ${described(each)}`,
  );
  const chosen = best
    ? `--engine tensorflow is tensorflow:${best} here.`
    : 'TensorFlow works on no backend here; the wasm engine does without.';
  return `pufferflow ${version} · Node ${node} · ${machine} · ${cores} ${cores === 1 ? 'core' : 'cores'}, as many workers by default

${lines.join('\n')}

${chosen}
${best === 'node-gpu' || best === 'webgpu' ? '' : elsewhere()}`;
}

function described({
  engine,
  works,
  adapter,
  isImitated,
  version,
  reason = '',
}: Report['engines'][number]): string {
  // A reason begins with the engine where it may be read alone.
  if (!works) return reason.split('\n')[0].replace(new RegExp(`^${engine}(:| is) `), '');
  const computes = isImitated ? `${adapter}: the processor plays a graphics processor` : adapter;
  return [computes, version && `TensorFlow.js ${version}`].filter(Boolean).join(' · ');
}

/** What to run on a machine that has what this one lacks. */
function elsewhere(): string {
  return `
No graphics processor works here. On a machine that has one, this measures it:

  npm i ${packages.webgpu.join(' ')}
  ${command('bench', 'update/W3', '--engine', 'tensorflow:webgpu')}
`;
}
