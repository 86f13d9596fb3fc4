import { createRequire } from 'node:module';
import type { Gifenc } from 'gifenc';
import type { Frame } from '../lib/env/frame.ts';

// Its CommonJS form has both a default and names, which loaders tell apart differently.
const gifenc: Gifenc = createRequire(import.meta.url)('gifenc');

type Palette = ReturnType<Gifenc['quantize']>;

/** Frames of an animation become the bytes of a GIF that repeats for ever. */
export class Gif {
  readonly #encoder = gifenc.GIFEncoder();
  readonly #fps: number;
  /** The colours that all frames share: the first one's, by number 0xRRGGBB. */
  #shared: ReadonlyMap<number, number> | undefined;
  #frames = 0;

  /** @param fps at most 50: a GIF counts in hundredths of a second, and players take 1 for 10 */
  constructor(fps: number) {
    this.#fps = fps;
  }

  add(frame: Frame): void {
    const { width, height } = frame;
    const shared = this.#shared && indicesOf(frame, this.#shared);
    const { indices, palette } = shared ? { indices: shared, palette: undefined } : this.#colored(frame);
    // Rounded so that the frames' times add up.
    const [start, end] = [this.#frames, this.#frames + 1].map((k) => Math.round((100 * k) / this.#fps));
    this.#encoder.writeFrame(indices, width, height, { palette, delay: 10 * (end - start) });
    this.#frames++;
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.#encoder.finish();
    return this.#encoder.bytes();
  }

  /** A palette of the frame's own: exact, if 256 colours are enough. */
  #colored(frame: Frame): { indices: Uint8Array; palette: Palette } {
    const { data } = frame;
    const colors = new Map<number, number>();
    for (let i = 0; i < data.length && colors.size <= 256; i += 3) {
      const color = colorAt(data, i);
      if (!colors.has(color)) colors.set(color, colors.size);
    }
    if (colors.size <= 256) {
      if (this.#frames === 0) this.#shared = colors;
      const palette = Array.from(
        colors.keys(),
        (color) => [color >> 16, (color >> 8) & 255, color & 255] as const,
      );
      return { indices: indicesOf(frame, colors) as Uint8Array, palette };
    }
    const rgba = new Uint8Array((data.length / 3) * 4).fill(255);
    for (let i = 0; i < data.length / 3; i++) rgba.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
    const palette = gifenc.quantize(rgba, 256);
    return { indices: gifenc.applyPalette(rgba, palette), palette };
  }
}

function colorAt(data: Uint8Array, i: number): number {
  return (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
}

/** Each pixel's place in a palette; undefined: a colour is missing there. */
function indicesOf({ data }: Frame, palette: ReadonlyMap<number, number>): Uint8Array | undefined {
  const indices = new Uint8Array(data.length / 3);
  for (let i = 0; i < indices.length; i++) {
    const index = palette.get(colorAt(data, 3 * i));
    if (index === undefined) return undefined;
    indices[i] = index;
  }
  return indices;
}
