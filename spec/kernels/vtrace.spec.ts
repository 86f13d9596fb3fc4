import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assertClose } from '../golden/golden.ts';
import { random, times } from './random.ts';
import { type VtraceInput, vtrace } from './reference/vtrace.ts';
import { forEachBuild, type Harness } from './setup.ts';

const clips = fc.constantFrom(0.5, 1, 1.5, Infinity);

const problems = fc
  .record({
    steps: fc.integer({ min: 1, max: 12 }),
    rows: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(1023, 1029)),
    gamma: fc.constantFrom(0, 0.9, 1),
    gaeLambda: fc.constantFrom(0, 0.95, 1),
    rhoClip: clips,
    cClip: clips,
    pgRhoClip: clips,
    bootstrapped: fc.boolean(),
    seed: fc.integer(),
  })
  .map(({ bootstrapped, seed, ...sizes }): VtraceInput => {
    const { uniform, chance } = random(seed);
    const size = sizes.steps * sizes.rows;
    const column = (length: number) => times(length, () => uniform(-1, 1));
    return {
      ...sizes,
      ratios: times(size, () => uniform(0, 2)),
      rewards: column(size),
      values: column(size + sizes.rows),
      terminations: times(size, () => chance(0.2)),
      truncations: times(size, () => chance(0.2)),
      finalValues: bootstrapped ? column(size) : undefined,
    };
  });

function run(harness: Harness, input: VtraceInput, ratios: ArrayLike<number> | 'none' = input.ratios) {
  harness.reset();
  const { steps, rows, gamma, gaeLambda, rhoClip, cClip, pgRhoClip } = input;
  const [advantages, returns] = [harness.f32(steps * rows), harness.f32(steps * rows)];
  const transitions = [
    harness.f32(input.rewards),
    harness.f32(input.values),
    harness.u8(input.terminations),
    harness.u8(input.truncations),
    input.finalValues ? harness.f32(input.finalValues) : 0,
  ];
  const given = ratios === 'none' ? 0 : harness.f32(ratios);
  const sizes = [steps, rows, gamma, gaeLambda];
  harness.call('gae', ...sizes, ...transitions, advantages, returns);
  const estimate = [...advantages, ...returns];
  harness.call('vtrace', ...sizes, rhoClip, cClip, given, ...transitions, advantages, returns);
  const traced = [[...advantages], [...returns]];
  harness.call('vtracePolicy', ...sizes, pgRhoClip, given, ...transitions, advantages);
  harness.checkGuards();
  return { gae: estimate, advantages: traced[0], returns: traced[1], policy: [...advantages] };
}

describe('vtrace', () => {
  forEachBuild((_, harness) => {
    it('equals the reference', () => {
      fc.assert(
        fc.property(problems, (input) => {
          const actual = run(harness, input);
          // Where nothing is clipped, products of ratios reach thousands.
          for (const [name, expected] of Object.entries(vtrace(input)))
            assertClose(actual[name as keyof typeof actual], expected, 1e-5, name, 1 + largest(expected));
        }),
      );
    });

    it('has the bits of gae where no ratio counts, and so have its advantages for the policy', () => {
      fc.assert(
        fc.property(problems, fc.boolean(), (input, given) => {
          const one = { ...input, rhoClip: 1, cClip: Math.max(1, input.cClip), pgRhoClip: 1 };
          const ratios = given ? times(input.steps * input.rows, () => 1) : 'none';
          const { gae, advantages, returns, policy } = run(harness, one, ratios);
          assert.deepEqual([...advantages, ...returns], gae);
          assert.deepEqual(policy, advantages);
        }),
      );
    });

    it('leaves out what a termination cuts off, whatever it is', () => {
      fc.assert(
        fc.property(problems, (input) => {
          const finalValues = Array.from(input.terminations, (flag) => (flag ? Number.NaN : 0.5));
          const { advantages, returns, policy } = run(harness, { ...input, finalValues });
          assert.ok([...advantages, ...returns, ...policy].every(Number.isFinite));
        }),
      );
    });
  });
});

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
