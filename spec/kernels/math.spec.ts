import assert from 'node:assert/strict';
import { builds, compile } from './compile.ts';
import { activation } from './reference/dense.ts';

const length = 1 << 16;

/** The functions are inlined into the kernels that use them; here each gets a loop of its own. */
const source = `
import { cos4, exp4, geluArgument4, geluSlope4, geluTail4, geluValue4, log4, sin4, tanh4 } from './kernels/math';
${loop('exp', 'exp4(x)')}
${loop('log', 'log4(x)')}
${loop('sin', 'sin4(x)')}
${loop('cos', 'cos4(x)')}
${loop('tanh', 'tanh4(x)')}
${loop('gelu', 'geluValue4(x, geluArgument4(x), geluTail4(geluArgument4(x)))')}
${loop('geluSlope', 'geluSlope4(x, geluArgument4(x), geluTail4(geluArgument4(x)))')}
`;

function loop(name: string, expression: string): string {
  return `export function ${name}(): void {
    for (let p: usize = 0; p < ${4 * length}; p += 16) {
      const x = v128.load(p);
      v128.store(p + ${4 * length}, ${expression});
    }
  }`;
}

describe('math', () => {
  for (const [build, features] of builds) {
    describe(build, () => {
      const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
      const xs = new Float32Array(memory.buffer, 0, length);
      const ys = new Float32Array(memory.buffer, 4 * length, length);
      let functions: Record<string, () => void>;

      before(async () => {
        const { instance } = await WebAssembly.instantiate(await compile(source, features), {
          env: { memory },
        });
        functions = instance.exports as typeof functions;
      });

      const apply = (name: string, values: ArrayLike<number>) => {
        xs.set(values);
        functions[name]();
        return [...ys.subarray(0, values.length)];
      };

      /** The largest error over evenly spaced points, by `measure` of y and f(x). */
      function worst(
        name: string,
        from: number,
        to: number,
        f: (x: number) => number,
        measure = absolute,
      ): number {
        for (let i = 0; i < length; i++) xs[i] = from + ((to - from) * i) / (length - 1);
        functions[name]();
        return ys.reduce((max, y, i) => {
          const error = measure(y, f(xs[i]));
          return error > max || Number.isNaN(error) ? error : max;
        }, 0);
      }

      const absolute = (y: number, expected: number) => Math.abs(y - expected);
      const relative = (y: number, expected: number) => (y === expected ? 0 : Math.abs(y / expected - 1));

      it('exp: 1.2e-7 relative', () => {
        assert.ok(worst('exp', -87.3, 88.3, Math.exp, relative) < 1.2e-7);
        assert.ok(worst('exp', -1, 1, Math.exp, relative) < 1.2e-7);
        assert.deepEqual(apply('exp', [-Infinity, -1000, -88, 0, Number.NaN]), [0, 0, 0, 1, Number.NaN]);
        assert.ok(apply('exp', [89, 1e30, Infinity]).every((y) => y > 2.2e38 && y < 2.3e38));
      });

      it('log: 1.2e-7 relative', () => {
        for (const [from, to] of [
          [2 ** -126, 1e-30],
          [1e-3, 0.5],
          [0.5, 2],
          [0.99, 1.01],
          [1, 1000],
          [1, 3.4e38],
        ]) {
          assert.ok(worst('log', from, to, Math.log, relative) < 1.2e-7, `${from} … ${to}`);
        }
        assert.deepEqual(apply('log', [1]), [0]);
      });

      it('sin and cos: 7.5e-8, also relative, up to π/4', () => {
        for (const to of [0.1, Math.PI / 4]) {
          assert.ok(worst('sin', -to, to, Math.sin, relative) < 7.5e-8);
          assert.ok(worst('cos', -to, to, Math.cos, relative) < 1.1e-7);
        }
        assert.ok(worst('cos', -Math.PI / 4, Math.PI / 4, Math.cos) < 7.5e-8);
        assert.deepEqual(apply('cos', [0]), [1]);
      });

      it('tanh: 5e-7, also relative, and below 1', () => {
        assert.ok(worst('tanh', -12, 12, Math.tanh) < 5e-7);
        assert.ok(worst('tanh', -0.1, 0.1, Math.tanh, relative) < 5e-7);
        assert.ok(worst('tanh', -12, 12, Math.tanh, Math.abs) < 1);
        assert.ok(Number.isNaN(apply('tanh', [Number.NaN])[0]));
      });

      const gelu = activation[3];

      it('GELU: 3e-7, and its slope 8e-7', () => {
        for (const to of [1, 6, 50]) {
          assert.ok(worst('gelu', -to, to, gelu.value) < 3e-7 * Math.max(1, to / 6), `value to ±${to}`);
          assert.ok(worst('geluSlope', -to, to, gelu.slope) < 8e-7, `slope to ±${to}`);
        }
        assert.ok(
          Number.isNaN(apply('gelu', [Number.NaN])[0]) && Number.isNaN(apply('geluSlope', [Number.NaN])[0]),
        );
        assert.ok(Math.abs(apply('gelu', [-Infinity])[0]) < 2e-7);
      });
    });
  }
});
