import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The program as it was built, if nothing has changed since; or else its source, which takes longer to start. */
function program(): readonly string[] {
  const built = join(root, 'dist/cli/main.js');
  const changed = [
    'index.ts',
    'cli',
    'envs',
    'kernels/binaries.ts',
    'lib',
    'operators',
    'pipelines',
    'spec/laws',
  ].flatMap((path) => {
    const whole = join(root, path);
    if (!statSync(whole).isDirectory()) return [whole];
    const files = readdirSync(whole, { recursive: true }) as string[];
    return files.filter((file) => file.endsWith('.ts')).map((file) => join(whole, file));
  });
  const stale = (file: string) => statSync(file).mtimeMs > statSync(built).mtimeMs;
  if (existsSync(built) && !changed.some(stale)) return [built];
  return ['--import', import.meta.resolve('tsx'), join(root, 'cli/main.ts')];
}

const called = program();

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Lines of standard output, as JSON. @throws SyntaxError if one of them is not */
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it, it asserts
  readonly events: any[];
}

/** A folder that is gone after the suite. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pufferflow-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the command line in a folder, as a user would; `watch` sees the process and what it has printed so far. */
export function pufferflow(
  cwd: string,
  args: readonly string[],
  watch?: (child: ChildProcess, stdout: string) => void,
): Promise<Ended> {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [...called, ...args], { cwd, env });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    output.stdout += data;
    watch?.(child, output.stdout);
  });
  child.stderr.on('data', (data) => {
    output.stderr += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const lines = output.stdout.split('\n').filter(Boolean);
      resolve({
        code,
        ...output,
        get events() {
          return lines.map((line) => JSON.parse(line));
        },
      });
    });
  });
}
