import type { WriteStream } from 'node:tty';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';

/** Lines at the bottom of a terminal that are drawn again in place. */
export class LiveScreen {
  readonly #stream: WriteStream;
  readonly #leave = () => this.close();
  #drawn = 0;
  #open = false;

  constructor(stream: WriteStream) {
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
    const up = this.#drawn ? `\x1b[${this.#drawn}A` : '';
    // Each line is cleared after it is written, not before: so nothing flickers.
    const text = lines.map((line) => `${line}\x1b[K\n`).join('');
    this.#stream.write(`${HIDE_CURSOR}${up}\r${text}\x1b[J`);
    this.#drawn = lines.length;
  }

  /** Leaves the last lines where they are, and gives the cursor back. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    process.off('exit', this.#leave);
    this.#stream.write(SHOW_CURSOR);
  }
}
