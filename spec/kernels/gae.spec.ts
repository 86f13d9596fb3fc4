import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { random, times } from './random.ts';
import { type GaeInput, gae } from './reference/gae.ts';
import { forEachBuild } from './setup.ts';

const golden = JSON.parse(readFileSync(new URL('../golden/gae.json', import.meta.url), 'utf8'));

const problems = fc
  .record({
    steps: fc.integer({ min: 1, max: 12 }),
    rows: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(1023, 1029)),
    gamma: fc.constantFrom(0, 0.9, 1),
    gaeLambda: fc.constantFrom(0, 0.95, 1),
    bootstrapped: fc.boolean(),
    seed: fc.integer(),
  })
  .map(({ steps, rows, gamma, gaeLambda, bootstrapped, seed }): GaeInput => {
    const { uniform, chance } = random(seed);
    const column = (size: number) => times(size, () => uniform(-1, 1));
    const size = steps * rows;
    return {
      ...{ steps, rows, gamma, gaeLambda },
      rewards: column(size),
      values: column(size + rows),
      terminations: times(size, () => chance(0.2)),
      truncations: times(size, () => chance(0.2)),
      finalValues: bootstrapped ? column(size) : undefined,
    };
  });

describe('gae', () => {
  forEachBuild((_, harness) => {
    function run(input: GaeInput) {
      harness.reset();
      const size = input.steps * input.rows;
      const [advantages, returns] = [harness.f32(size), harness.f32(size)];
      const columns = [
        harness.f32(input.rewards),
        harness.f32(input.values),
        harness.u8(input.terminations),
        harness.u8(input.truncations),
      ].map(({ byteOffset }) => byteOffset) as [number, number, number, number];
      harness.kernels.gae(
        ...([input.steps, input.rows, input.gamma, input.gaeLambda] as const),
        ...columns,
        input.finalValues ? harness.f32(input.finalValues).byteOffset : 0,
        ...([advantages.byteOffset, returns.byteOffset] as const),
      );
      harness.checkGuards();
      return { advantages: [...advantages], returns: [...returns] };
    }

    function close(actual: number[], expected: number[]) {
      expected.forEach((value, at) => {
        if (!(Math.abs(actual[at] - value) <= 1e-5))
          assert.fail(`[${at}]: expected ${value}, got ${actual[at]}`);
      });
    }

    it('equals the reference', () => {
      fc.assert(
        fc.property(problems, (input) => {
          const actual = run(input);
          const expected = gae(input);
          close(actual.advantages, expected.advantages);
          close(actual.returns, expected.returns);
        }),
      );
    });

    it('matches CleanRL and Stable-Baselines3', () => {
      for (const { T, N, gamma, gae_lambda, ...data } of golden.cases) {
        const input = {
          ...{ steps: T, rows: N, gamma, gaeLambda: gae_lambda },
          rewards: data.rewards.flat(),
          values: [...data.values.flat(), ...data.last_value],
          terminations: data.terminated.flat(),
          truncations: data.truncated.flat(),
        };
        const { advantages, returns } = data.bootstrap_truncation;
        const bootstrapped = run({ ...input, finalValues: data.final_values.flat() });
        close(bootstrapped.advantages, advantages.flat());
        close(bootstrapped.returns, returns.flat());
        // CleanRL has one `done` for both.
        const dones = input.terminations.map(
          (terminated: number, at: number) => terminated | input.truncations[at],
        );
        const plain = run({ ...input, terminations: dones });
        close(plain.advantages, data.no_bootstrap.advantages.flat());
        close(plain.returns, data.no_bootstrap.returns.flat());
      }
    });

    it('leaves out what a termination cuts off, whatever it is', () => {
      fc.assert(
        fc.property(problems, fc.constantFrom(Number.NaN, Infinity), (input, poison) => {
          const values = Array.from(input.values);
          const finalValues = times(input.steps * input.rows, (at) =>
            input.terminations[at] ? poison : 0.5,
          );
          // Nothing but this step would read V of the row after a cut.
          const last = (input.steps - 1) * input.rows;
          for (let i = 0; i < input.rows; i++)
            if (input.terminations[last + i]) values[last + input.rows + i] = poison;
          const { advantages, returns } = run({ ...input, values, finalValues });
          assert.ok([...advantages, ...returns].every(Number.isFinite));
        }),
      );
    });

    it('gives a row the same bits wherever it stands', () => {
      fc.assert(
        fc.property(problems, fc.nat(), (input, at) => {
          const { steps, rows } = input;
          const i = at % rows;
          const only = (column: ArrayLike<number>) => Array.from(column).filter((_, k) => k % rows === i);
          const alone = run({
            ...{ ...input, steps, rows: 1 },
            rewards: only(input.rewards),
            values: only(input.values),
            terminations: only(input.terminations),
            truncations: only(input.truncations),
            finalValues: input.finalValues && only(input.finalValues),
          });
          assert.deepEqual(alone.advantages, only(run(input).advantages));
        }),
      );
    });
  });
});
