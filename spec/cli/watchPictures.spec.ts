import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { decode } from 'fast-png';
import { GifReader } from 'omggif';
import { Gif } from '../../cli/gif.ts';
import { colorsOf, halfBlocks } from '../../cli/halfBlocks.ts';
import { PictureFiles } from '../../cli/pictureFiles.ts';
import { enlarge, fitTo } from '../../cli/resize.ts';
import { UsageError } from '../../cli/usageError.ts';
import type { Frame } from '../../lib/env/frame.ts';
import { scratch } from './pufferflow.ts';

const frames: fc.Arbitrary<Frame> = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) =>
    fc
      .uint8Array({ minLength: 3 * width * height, maxLength: 3 * width * height })
      .map((data) => ({ width, height, data })),
  );

const pixel = ({ width, data }: Frame, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

/** 20 × 20 pixels of as many colours. */
const colorful: Frame = {
  width: 20,
  height: 20,
  data: Uint8Array.from({ length: 1200 }, (_, i) => [i / 5, 255 - i / 5, (i * 7) % 256][i % 3]),
};

describe('halfBlocks', () => {
  it('tells each pixel’s colour, the upper one’s first, and only where it changes', () => {
    const red = [255, 0, 0];
    const blue = [0, 0, 255];
    const frame = { width: 2, height: 3, data: Uint8Array.from([red, red, blue, red, blue, blue].flat()) };
    assert.deepEqual(halfBlocks(frame, 'truecolor'), [
      '\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[48;2;255;0;0m▀\x1b[m',
      '\x1b[38;2;0;0;255m▀▀\x1b[m',
    ]);
    assert.equal(halfBlocks(frame, '256')[0], '\x1b[38;5;196;48;5;21m▀\x1b[48;5;196m▀\x1b[m');
  });

  it('has a cell for two pixels, whatever the picture', () => {
    fc.assert(
      fc.property(frames, fc.constantFrom('truecolor', '256'), (frame, colors) => {
        const lines = halfBlocks(frame, colors).map(stripVTControlCharacters);
        assert.deepEqual(lines, Array(Math.ceil(frame.height / 2)).fill('▀'.repeat(frame.width)));
      }),
    );
  });

  it('finds the nearest of 256 colours', () => {
    // xterm's own, computed in another way: all 240 of them, compared with.
    const levels = [0, 95, 135, 175, 215, 255];
    const palette = [
      ...levels.flatMap((r) => levels.flatMap((g) => levels.map((b) => [r, g, b]))),
      ...Array.from({ length: 24 }, (_, i) => Array(3).fill(8 + 10 * i) as number[]),
    ];
    const distance = (a: number[], b: number[]) => a.reduce((sum, part, k) => sum + (part - b[k]) ** 2, 0);
    const parts = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255));
    fc.assert(
      fc.property(parts, (color) => {
        const [line] = halfBlocks({ width: 1, height: 1, data: Uint8Array.from(color) }, '256');
        const found = palette[Number(/38;5;(\d+)m/.exec(line)?.[1]) - 16];
        assert.equal(distance(color, found), Math.min(...palette.map((other) => distance(color, other))));
      }),
    );
  });

  it('uses 24 bits only where the terminal says that it can', () => {
    assert.deepEqual(
      [{ COLORTERM: 'truecolor' }, { COLORTERM: '24bit' }, { COLORTERM: 'yes' }, {}].map(colorsOf),
      ['truecolor', 'truecolor', '256', '256'],
    );
  });
});

describe('a picture’s size', () => {
  it('is enlarged by whole factors, pixel by pixel', () => {
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 4 }), (frame, factor) => {
        const large = enlarge(frame, factor);
        assert.deepEqual([large.width, large.height], [factor * frame.width, factor * frame.height]);
        for (let y = 0; y < large.height; y++)
          for (let x = 0; x < large.width; x++)
            assert.deepEqual(
              pixel(large, x, y),
              pixel(frame, Math.floor(x / factor), Math.floor(y / factor)),
            );
      }),
    );
  });

  it('fits, and keeps its proportions; averaging keeps the mean', () => {
    const room = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(frames, room, room, (frame, width, height) => {
        const fitted = fitTo(frame, width, height);
        assert.ok(fitted.width <= width && fitted.height <= height);
        assert.equal(fitted.data.length, fitted.width * fitted.height * 3);
        const factor = Math.min(width / frame.width, height / frame.height);
        if (factor >= 1) assert.deepEqual(fitted, enlarge(frame, Math.floor(factor)));
        else assert.ok(Math.abs(fitted.width / frame.width - factor) * frame.width <= 1);
      }),
    );
    const mean = ({ data }: Frame) => data.reduce((sum, value) => sum + value, 0) / data.length;
    assert.ok(Math.abs(mean(fitTo(colorful, 7, 7)) - mean(colorful)) < 1);
    assert.deepEqual(
      pixel(
        fitTo({ width: 2, height: 2, data: Uint8Array.of(0, 8, 255, 4, 0, 255, 0, 8, 255, 4, 0, 255) }, 1, 1),
        0,
        0,
      ),
      [2, 4, 255],
    );
  });
});

describe('picture files', () => {
  const home = scratch();
  const options = { fps: 30, scale: 2, frames: 100 };

  it('hold the pixels of the frames, as a PNG each and as a GIF', () => {
    let runs = 0;
    fc.assert(
      fc.property(fc.array(frames, { minLength: 1, maxLength: 4 }), ([first, ...others]) => {
        // Frames of one size.
        const shown = [
          first,
          ...others.map(({ data }) => ({
            ...first,
            data: first.data.map((value, i) => data[i % data.length] ^ value),
          })),
        ];
        const [png, gif] = [join(home, `pngs${runs}`), join(home, `${runs++}.gif`)];
        const files = new PictureFiles({ ...options, png, gif });
        for (const frame of shown) files.add(frame);
        files.finish();
        assert.deepEqual(
          readdirSync(png),
          shown.map((_, k) => `0000${k + 1}.png`),
        );
        const reader = new GifReader(readFileSync(gif));
        assert.equal(reader.numFrames(), shown.length);
        assert.equal(reader.loopCount(), 0);
        for (const [k, frame] of shown.entries()) {
          const large = enlarge(frame, 2);
          const { width, height, channels, data } = decode(readFileSync(join(png, `0000${k + 1}.png`)));
          assert.deepEqual(
            { width, height, channels, data: new Uint8Array(data) },
            { ...large, channels: 3 },
          );
          assert.deepEqual([reader.width, reader.height], [large.width, large.height]);
          assert.deepEqual(pixelsOf(reader, k), large.data);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('take their time at the speed that was asked for, on the whole', () => {
    for (const fps of [7, 30, 50]) {
      const gif = new Gif(fps);
      for (let k = 0; k < 10; k++) gif.add({ width: 1, height: 1, data: Uint8Array.of(k, 0, 0) });
      const reader = new GifReader(Buffer.from(gif.finish()));
      const delays = Array.from({ length: 10 }, (_, k) => reader.frameInfo(k).delay);
      assert.ok(Math.abs(delays.reduce((a, b) => a + b) - 1000 / fps) <= 0.5, `${delays}`);
      assert.ok(Math.max(...delays) - Math.min(...delays) <= 1);
    }
  });

  it('come near to the colours where there are more than 256', () => {
    const gif = new Gif(10);
    gif.add(colorful);
    gif.add({ ...colorful, data: new Uint8Array(1200).fill(9) });
    const reader = new GifReader(Buffer.from(gif.finish()));
    const far = pixelsOf(reader, 0).map((value, i) => Math.abs(value - colorful.data[i]));
    assert.ok(far.reduce((a, b) => a + b, 0) / far.length < 8);
    assert.deepEqual(pixelsOf(reader, 1), new Uint8Array(1200).fill(9));
  });

  it('are one file for one frame, and refuse places that are taken', () => {
    const png = join(home, 'deep/one.png');
    const one = new PictureFiles({ ...options, png, frames: 1 });
    one.add(colorful);
    assert.equal(one.finish(), png);
    assert.equal(decode(readFileSync(png)).width, 40);
    mkdirSync(join(home, 'full/folder.gif'), { recursive: true });
    writeFileSync(join(home, 'file'), '');
    const refused: [Partial<Record<'png' | 'gif', string>>, RegExp][] = [
      [{ png: join(home, 'several.png') }, /^--png: expected a folder for several frames/],
      [{ png: join(home, 'full') }, /^--png: .* is not empty$/],
      [{ png: join(home, 'file') }, /^--png: .* is a file$/],
      [{ gif: join(home, 'full/folder.gif') }, /^--gif: .* is a folder$/],
    ];
    for (const [places, message] of refused)
      assert.throws(
        () => new PictureFiles({ ...options, ...places }),
        (error: Error) => error instanceof UsageError && message.test(error.message),
      );
    assert.ok(!existsSync(join(home, 'several.png')));
  });
});

/** A frame's RGB bytes as another program reads them. */
function pixelsOf(reader: GifReader, frame: number): Uint8Array {
  const rgba = new Uint8Array(reader.width * reader.height * 4);
  reader.decodeAndBlitFrameRGBA(frame, rgba);
  return rgba.filter((_, i) => i % 4 < 3);
}
