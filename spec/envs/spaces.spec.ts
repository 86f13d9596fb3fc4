import fc from 'fast-check';
import { spaces } from '../../envs/spaces.ts';
import { assertLearnt } from './learns.ts';
import { assertDeterministic, assertReturns, playStructured } from './playStructured.ts';

interface Seen {
  readonly image: Float32Array;
  readonly flat: Int8Array;
}
const sum = (values: Float32Array | Int8Array) => [...values].reduce((a, b) => a + b);

describe('spaces', () => {
  it('pays half for each part that is right, at once', () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), fc.boolean(), (seed, image, flat) => {
        const { agent } = playStructured(spaces, seed, (seen: Seen) => [
          +(sum(seen.flat) > 2 === flat),
          +(sum(seen.image) > 0 === image),
        ]);
        assertReturns(agent, (+image + +flat) / 2);
      }),
      { numRuns: 10 },
    );
  });

  it('is the same for the same seed', () => assertDeterministic(spaces));

  it('is learnt by PPO', () => assertLearnt(spaces));
});
