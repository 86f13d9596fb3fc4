import { basename, relative } from 'node:path';

/** A command line that a person may copy: as this process was called, with other arguments. */
export function command(...args: string[]): string {
  const script = process.argv[1] ?? 'pufferflow';
  const called = basename(script) === 'pufferflow';
  const npx = process.env.npm_command === 'exec' ? 'npx ' : '';
  const program = called ? [`${npx}pufferflow`] : ['node', quoted(shorter(relative('', script), script))];
  return [...program, ...args.map(quoted)].join(' ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function shorter(a: string, b: string): string {
  return a.length <= b.length ? a : b;
}
