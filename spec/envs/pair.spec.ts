import fc from 'fast-check';
import { pair } from '../../envs/pair.ts';
import { assertLearnt } from './learns.ts';
import { assertDeterministic, assertReturns, playStructured } from './playStructured.ts';

describe('pair', () => {
  it('pays the first for its coin, the second for the other side of its own', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { player } = playStructured(pair, seed, ([mine, other]: Float32Array) => [+(mine - other > 0)]);
        assertReturns(player, 1);
      }),
      { numRuns: 10 },
    );
  });

  it('pays one of those who act alike', () => {
    const { player } = playStructured(pair, 1, ([mine, other]: Float32Array) => [+(mine + other > 0)]);
    assertReturns(
      player.filter((_, i) => i % 2 === 0),
      1,
    );
    assertReturns(
      player.filter((_, i) => i % 2 === 1),
      0,
    );
  });

  it('is the same for the same seed', () => assertDeterministic(pair));

  it('is learnt by PPO', () => assertLearnt(pair));
});
