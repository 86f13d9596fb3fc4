import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Canvas } from '../../lib/canvas.ts';

const [WIDTH, HEIGHT] = [20, 12];

/** The share of white in each pixel of a black picture, after something was drawn in white. */
function shares(draw: (canvas: Canvas) => void): Float64Array {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  draw(new Canvas(WIDTH, HEIGHT, data));
  return Float64Array.from({ length: WIDTH * HEIGHT }, (_, i) => data[3 * i] / 255);
}

const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
const inside = fc.record({
  x: fc.double({ min: 4, max: WIDTH - 4, noNaN: true }),
  y: fc.double({ min: 4, max: HEIGHT - 4, noNaN: true }),
});

describe('Canvas', () => {
  it('fills every pixel, and only with the colour', () => {
    const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => i);
    new Canvas(WIDTH, HEIGHT, data).fill(0x123456);
    assert.deepEqual(
      data,
      Uint8Array.from({ length: data.length }, (_, i) => [0x12, 0x34, 0x56][i % 3]),
    );
  });

  it('draws whole rectangles exactly, cut where the picture ends', () => {
    const whole = fc.integer({ min: -5, max: 25 });
    fc.assert(
      fc.property(whole, whole, fc.nat(9), fc.nat(9), (x, y, width, height) => {
        const found = shares((canvas) => canvas.rectangle(x, y, width, height, 0xffffff));
        for (let i = 0; i < found.length; i++) {
          const [px, py] = [i % WIDTH, Math.floor(i / WIDTH)];
          assert.equal(found[i], +(px >= x && px < x + width && py >= y && py < y + height));
        }
      }),
    );
  });

  it('covers the area of its shapes, wherever they lie', () => {
    const radius = 3.4;
    fc.assert(
      fc.property(inside, inside, (a, b) => {
        const disc = sum(shares((canvas) => canvas.disc(a.x, a.y, radius, 0xffffff)));
        assert.ok(Math.abs(disc - Math.PI * radius ** 2) < 2, `${disc}`);
        const line = sum(shares((canvas) => canvas.line(a.x, a.y, b.x, b.y, 3, 0xffffff)));
        const expected = 3 * Math.hypot(b.x - a.x, b.y - a.y) + Math.PI * 1.5 ** 2;
        assert.ok(Math.abs(line - expected) < 2.5, `${line} ${expected}`);
        const rectangle = sum(shares((canvas) => canvas.rectangle(a.x, a.y, 2.5, 1.5, 0xffffff)));
        assert.ok(Math.abs(rectangle - 2.5 * 1.5) < 0.8, `${rectangle}`);
      }),
    );
  });
});
