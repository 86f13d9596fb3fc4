import type { WriteStream } from 'node:tty';
import type { AnyEnv } from '../lib/env/env.ts';
import type { Law } from '../spec/laws/law.ts';

/** Cases that are tried of each law where nothing else is asked for. */
export const RUNS = 200;

/** How an env stands with a law. */
export interface Verdict {
  readonly name: string;
  readonly says: string;
  readonly result: 'holds' | 'broken' | 'skipped';
  /** What is wrong; or why the law was not asked. */
  readonly reason?: string;
  /** The counterexample, for a reader and for a program. */
  readonly story?: readonly string[];
  readonly case?: unknown;
  /** What repeats the case. */
  readonly seed?: number;
  readonly path?: string;
  readonly again?: string;
}

interface Check {
  readonly env: AnyEnv;
  readonly laws: readonly Law<AnyEnv>[];
  readonly runs: number;
  readonly seed: number;
}

type Output = Pick<WriteStream, 'write' | 'isTTY' | 'columns'>;

const marks = { holds: ['✓', 32], broken: ['✗', 31], skipped: ['–', 2] } as const;
/** Milliseconds between pictures of the progress. */
const INTERVAL = 80;

/** The laws one after another, as they are asked; on a terminal, with how far the one under way is. */
export class CheckLines {
  readonly #out: Output;
  readonly #runs: number;
  readonly #width: number;
  readonly #began = performance.now();
  #name = '';
  #tried = 0;
  #drawnAt = 0;

  constructor(out: Output, { env, laws, runs, seed }: Check) {
    this.#out = out;
    this.#runs = runs;
    this.#width = Math.max(...laws.map(({ name }) => name.length));
    const title = `${env.id} · ${laws.length} ${laws.length === 1 ? 'law' : 'laws'} · ${runs} cases each · seed ${seed}`;
    this.#out.write(`${this.#styled(title, 1)}\n\n`);
  }

  begin({ name }: Law<AnyEnv>): void {
    this.#name = name;
    this.#tried = 0;
    this.#draw();
  }

  /** Another case of the law under way. */
  tried(): void {
    this.#tried++;
    if (performance.now() - this.#drawnAt >= INTERVAL) this.#draw();
  }

  end({ name, says, result, reason, story = [], again }: Verdict): void {
    const [mark, style] = marks[result];
    const line = `  ${this.#styled(mark, style)} ${name.padEnd(this.#width)}  `;
    const margin = ' '.repeat(this.#width + 6);
    const text = result === 'skipped' ? this.#styled(`not asked: ${reason}`, 2) : this.#wrapped(says, margin);
    this.#clear();
    this.#out.write(`${line}${text}\n`);
    if (result !== 'broken') return;
    // What is to be copied stays in one line.
    const details = [
      ...story.map((part) => this.#wrapped(part, margin)),
      this.#styled(this.#wrapped(reason ?? '', margin), 31),
      this.#styled(`again: ${again}`, 2),
    ];
    this.#out.write(details.map((detail) => `${margin}${detail}\n`).join(''));
  }

  close({ holds, broken, skipped }: Readonly<Record<Verdict['result'], number>>): void {
    const seconds = (performance.now() - this.#began) / 1000;
    const parts = [
      `${holds} hold`,
      ...(broken > 0 ? [this.#styled(`${broken} broken`, 31)] : []),
      ...(skipped > 0 ? [`${skipped} not asked`] : []),
    ];
    this.#out.write(`\n${parts.join(', ')} · ${seconds.toFixed(1)} s\n`);
  }

  #draw(): void {
    if (!this.#out.isTTY) return;
    this.#drawnAt = performance.now();
    const progress = this.#tried > 0 ? `${this.#tried} of ${this.#runs}` : '…';
    this.#clear();
    this.#out.write(`    ${this.#styled(`${this.#name.padEnd(this.#width)}  ${progress}`, 2)}`);
  }

  #clear(): void {
    if (this.#out.isTTY) this.#out.write('\r\x1b[K');
  }

  /** Broken into lines that fit a terminal, each after the first with a margin. */
  #wrapped(text: string, margin: string): string {
    const room = this.#out.isTTY ? Math.max(30, (this.#out.columns || 80) - margin.length - 1) : text.length;
    const lines = [''];
    for (const word of text.split(' ')) {
      const longer = lines[lines.length - 1] ? `${lines[lines.length - 1]} ${word}` : word;
      if (longer.length <= room) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines.join(`\n${margin}`);
  }

  #styled(text: string, code: number): string {
    return this.#out.isTTY && !process.env.NO_COLOR ? `\x1b[${code}m${text}\x1b[m` : text;
  }
}
