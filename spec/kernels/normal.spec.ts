import assert from 'node:assert/strict';
import fc from 'fast-check';
import { builds, compile } from './compile.ts';
import { normalsOf } from './reference/normal.ts';
import { philox } from './reference/philox.ts';

const source = `
import { cosines, normal0, normal1, normal2, normal3, normalBlocks, normals4, sines } from './kernels/normal';
export function transform(): void {
  normals4(v128.load(0), v128.load(16));
  v128.store(32, cosines);
  v128.store(48, sines);
}
export function draw(first: u32, timeLow: u32, timeHigh: u32, purpose: u32, key0: u32, key1: u32): void {
  normalBlocks(first, timeLow, timeHigh, purpose, key0, key1);
  v128.store(0, normal0);
  v128.store(16, normal1);
  v128.store(32, normal2);
  v128.store(48, normal3);
}`;

const word = fc.oneof(
  // Both ends, the corners of the circle, and next to them.
  fc.constantFrom(0, 1, 2, 2 ** 29 - 1, 2 ** 29, 2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1),
  fc.nat(2 ** 32 - 1),
);
const four = fc.tuple(word, word, word, word);

describe('normal', () => {
  for (const [build, features] of builds) {
    describe(build, () => {
      const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
      const words = new Uint32Array(memory.buffer, 0, 8);
      const numbers = new Float32Array(memory.buffer, 0, 16);
      let functions: { transform(): void; draw(...args: number[]): void };

      before(async () => {
        const { instance } = await WebAssembly.instantiate(await compile(source, features), {
          env: { memory },
        });
        functions = instance.exports as typeof functions;
      });

      it('equals Box and Muller in float64', () => {
        fc.assert(
          fc.property(four, four, (a, b) => {
            words.set([...a, ...b]);
            functions.transform();
            a.forEach((word, lane) => {
              const { radius, cosine, sine } = normalsOf(word, b[lane]);
              const tolerance = 2.5e-7 * Math.max(radius, 1e-3);
              assert.ok(
                Math.abs(numbers[8 + lane] - cosine) <= tolerance,
                `${numbers[8 + lane]}, not ${cosine}`,
              );
              assert.ok(
                Math.abs(numbers[12 + lane] - sine) <= tolerance,
                `${numbers[12 + lane]}, not ${sine}`,
              );
            });
          }),
          { numRuns: 2000 },
        );
      });

      it('makes the four numbers of a block of its words', () => {
        fc.assert(
          fc.property(word, word, word, word, word, word, (first, low, high, purpose, key0, key1) => {
            functions.draw(first, low, high, purpose, key0, key1);
            for (let block = 0; block < 4; block++) {
              const [w0, w1, w2, w3] = philox([first + block, low, high, purpose], [key0, key1]);
              const [even, odd] = [normalsOf(w0, w2), normalsOf(w1, w3)];
              [even.cosine, odd.cosine, even.sine, odd.sine].forEach((expected, k) => {
                const actual = numbers[4 * block + k];
                assert.ok(Math.abs(actual - expected) <= 3e-6, `${actual}, not ${expected}`);
              });
            }
          }),
        );
      });

      it('is standard normal, and no two numbers of a block go together', () => {
        const count = 40000;
        const sums = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
        const products = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
        let far = 0;
        for (let first = 0; first < count; first += 4) {
          functions.draw(first, 3, 0, 1, 12345, 678);
          for (let at = 0; at < 16; at++) {
            const x = numbers[at];
            for (let k = 1; k <= 4; k++) sums[at & 3][k - 1] += x ** k;
            for (let j = 0; j < 4; j++) products[at & 3][j] += x * numbers[(at & ~3) + j];
            far += +(Math.abs(x) > 3);
          }
        }
        // The moments' standard deviations are √1, √2, √15 and √96 over 200.
        for (const own of sums)
          own.forEach((sum, k) => {
            const [expected, deviation] = [
              [0, 1],
              [1, 2 ** 0.5],
              [0, 15 ** 0.5],
              [3, 96 ** 0.5],
            ][k];
            assert.ok(
              Math.abs(sum / count - expected) < (4 * deviation) / 200,
              `moment ${k + 1}: ${sum / count}`,
            );
          });
        products.forEach((row, i) => {
          row.forEach((sum, j) => {
            if (i !== j) assert.ok(Math.abs(sum / count) < 4 / 200, `numbers ${i} and ${j}: ${sum / count}`);
          });
        });
        // 2 (1 − Φ(3)) = 0.0027, whose standard deviation here is 0.00013
        assert.ok(Math.abs(far / (4 * count) - 0.0027) < 0.00052, `${far}`);
      });
    });
  }
});
