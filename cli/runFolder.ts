import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Json } from '../lib/nouns.ts';
import { UsageError } from './usageError.ts';

/** What a run was started with: config.json. */
export interface Settings {
  readonly version: string;
  readonly pipeline: string;
  readonly env: string;
  /** The module that the env comes from, relative to the folder; absent: built in. */
  readonly module?: string;
  readonly kernel: string;
  readonly config: Json;
}

/** A line of metrics.jsonl; NaN is null. */
export interface MetricsLine {
  readonly steps: number;
  readonly seconds: number;
  readonly episodeReturn: number | null;
}

const CHECKPOINT = 'checkpoint.safetensors';

/**
 * Where a run is kept: config.json, metrics.jsonl, checkpoint.safetensors and curve.svg. A file is replaced by renaming
 * a finished one over it, so that there is a whole one at any moment.
 */
export class RunFolder {
  readonly path: string;
  #pending = '';

  private constructor(path: string) {
    this.path = path;
  }

  /** @throws UsageError if something is there already */
  static free(path: string): RunFolder {
    if (existsSync(path)) {
      if (!statSync(path).isDirectory()) throw new UsageError(`--out: ${path} is a file`);
      if (existsSync(join(path, CHECKPOINT))) {
        throw new UsageError(`--out: ${path} holds a run already; go on with it by --resume ${path}`);
      }
      if (readdirSync(path).length > 0) throw new UsageError(`--out: ${path} is not empty`);
    }
    return new RunFolder(path);
  }

  /** A folder in runs/ that is named after env, seed and time. */
  static named(env: string, seed: number, time = new Date()): RunFolder {
    const name = env.replace(/[^\w.-]/g, '_');
    const stamp = time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
    const path = join('runs', `${name}-${seed}-${stamp}`);
    let free = path;
    for (let k = 2; existsSync(free); k++) free = `${path}-${k}`;
    return new RunFolder(free);
  }

  /** The folder of a run that was saved; its checkpoint's path will do too. @throws UsageError if there is none */
  static saved(path: string): RunFolder {
    const folder = basename(path) === CHECKPOINT ? dirname(path) : path;
    if (!existsSync(join(folder, CHECKPOINT))) {
      throw new UsageError(`${path}: expected the folder of a run, with a ${CHECKPOINT} in it`);
    }
    return new RunFolder(folder);
  }

  /** The folder around a file, whatever it holds. */
  static around(path: string): RunFolder {
    return new RunFolder(path);
  }

  get checkpoint(): string {
    return join(this.path, CHECKPOINT);
  }

  get curve(): string {
    return join(this.path, 'curve.svg');
  }

  get #metrics(): string {
    return join(this.path, 'metrics.jsonl');
  }

  readCheckpoint(): Uint8Array {
    return readFileSync(this.checkpoint);
  }

  /** What config.json says of the env's module, as a path from here; undefined: nothing. */
  get module(): string | undefined {
    try {
      const { module } = JSON.parse(readFileSync(join(this.path, 'config.json'), 'utf8')) as Settings;
      return module === undefined ? undefined : resolve(this.path, module);
    } catch {
      return undefined;
    }
  }

  /** Makes the folder, and writes what the run is started with. */
  begin(settings: Settings): void {
    makeFolder(resolve(this.path));
    const module = settings.module && relative(resolve(this.path), settings.module);
    this.#replace('config.json', `${JSON.stringify({ ...settings, module }, null, 2)}\n`);
  }

  /** The metrics up to a number of steps; a line that is damaged, as the last may be, is left out. */
  metricsUpTo(steps: number): MetricsLine[] {
    if (!existsSync(this.#metrics)) return [];
    const lines = readFileSync(this.#metrics, 'utf8').split('\n').flatMap(metricsLine);
    return lines.filter((line) => line.steps <= steps);
  }

  /** Keeps these metrics and no others. */
  keep(lines: readonly MetricsLine[]): void {
    this.#replace('metrics.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  /** Adds a line of metrics: at once to memory, and at the next `flush` to the file. */
  record(line: MetricsLine): void {
    this.#pending += `${JSON.stringify(line)}\n`;
    if (this.#pending.length > 1 << 16) this.flush();
  }

  flush(): void {
    if (this.#pending) appendFileSync(this.#metrics, this.#pending);
    this.#pending = '';
  }

  saveCheckpoint(bytes: Uint8Array): void {
    this.flush();
    this.#replace(CHECKPOINT, bytes);
  }

  saveCurve(svg: string): void {
    this.#replace('curve.svg', svg);
  }

  #replace(name: string, content: string | Uint8Array): void {
    const path = join(this.path, name);
    const draft = `${path}.tmp`;
    try {
      const file = openSync(draft, 'w');
      try {
        const bytes = typeof content === 'string' ? Buffer.from(content) : content;
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(draft, path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  }
}

/** Not by mkdir's own recursion, which never ends in a place like /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

function metricsLine(text: string): MetricsLine[] {
  try {
    const line = JSON.parse(text) as MetricsLine | null;
    return typeof line?.steps === 'number' ? [line] : [];
  } catch {
    return [];
  }
}
