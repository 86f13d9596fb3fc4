import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encode } from 'fast-png';
import type { Frame } from '../lib/env/frame.ts';
import { Gif } from './gif.ts';
import { enlarge } from './resize.ts';
import { UsageError } from './usageError.ts';

export interface PictureOptions {
  /** A folder for numbered files; or a file, if its name ends in .png and there is one frame. */
  readonly png?: string;
  /** A file for all frames. */
  readonly gif?: string;
  /** Frames a second of the GIF. */
  readonly fps: number;
  /** Pixels of the file for one of the frame, in both directions. */
  readonly scale: number;
  /** Frames at most. */
  readonly frames: number;
}

/** Files that frames are written to: PNGs as they come, a GIF at the end. */
export class PictureFiles {
  /** Frames written. */
  count = 0;
  readonly #options: PictureOptions;
  readonly #gif: Gif | undefined;

  /** Makes the folders. @throws UsageError if a place is taken by something else */
  constructor(options: PictureOptions) {
    const { png, gif, fps } = options;
    this.#options = options;
    if (png !== undefined) {
      if (this.#isFile) mkdirSync(dirname(png), { recursive: true });
      else if (/\.png$/i.test(png))
        throw new UsageError(`--png: expected a folder for several frames, got ${png}`);
      else if (existsSync(png) && !statSync(png).isDirectory())
        throw new UsageError(`--png: ${png} is a file`);
      else if (existsSync(png) && readdirSync(png).length > 0)
        throw new UsageError(`--png: ${png} is not empty`);
      else mkdirSync(png, { recursive: true });
    }
    if (gif !== undefined) {
      mkdirSync(dirname(gif), { recursive: true });
      if (existsSync(gif) && statSync(gif).isDirectory()) throw new UsageError(`--gif: ${gif} is a folder`);
      this.#gif = new Gif(fps);
    }
  }

  add(frame: Frame): void {
    const { png, scale } = this.#options;
    const large = enlarge(frame, scale);
    this.count++;
    if (png !== undefined) {
      const name = `${this.count}`.padStart(5, '0');
      writeFileSync(this.#isFile ? png : join(png, `${name}.png`), encode({ ...large, channels: 3 }));
    }
    this.#gif?.add(large);
  }

  /** Writes what is left, and says where everything is. */
  finish(): string {
    const { png, gif } = this.#options;
    if (gif !== undefined && this.#gif) writeFileSync(gif, this.#gif.finish());
    return [png, gif].filter((path) => path !== undefined).join(' and ');
  }

  get #isFile(): boolean {
    const { png = '', frames } = this.#options;
    return frames === 1 && /\.png$/i.test(png);
  }
}
