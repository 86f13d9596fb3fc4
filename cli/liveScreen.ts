import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';

export type Terminal = Pick<WriteStream, 'columns' | 'rows' | 'write'>;

/** Lines at the bottom of a terminal that are drawn again in place. */
export class LiveScreen {
  readonly #stream: Terminal;
  readonly #leave = () => this.close();
  #widths: readonly number[] = [];
  #open = false;

  constructor(stream: Terminal) {
    this.#stream = stream;
  }

  get columns(): number {
    return this.#stream.columns || 80;
  }

  get rows(): number {
    return this.#stream.rows || 24;
  }

  draw(lines: readonly string[]): void {
    if (!this.#open) {
      this.#open = true;
      process.once('exit', this.#leave);
    }
    // Where the terminal has become narrower, the lines drawn last were wrapped.
    const height = this.#widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / this.columns)), 0);
    const up = height ? `\x1b[${height}A` : '';
    // Each line is cleared after it is written, not before: so nothing flickers.
    const text = lines.map((line) => `${line}\x1b[K\n`).join('');
    this.#stream.write(`${HIDE_CURSOR}${up}\r${text}\x1b[J`);
    this.#widths = lines.map((line) => stripVTControlCharacters(line).length);
  }

  /** Leaves the last lines where they are, and gives the cursor back. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    process.off('exit', this.#leave);
    this.#stream.write(SHOW_CURSOR);
  }
}
