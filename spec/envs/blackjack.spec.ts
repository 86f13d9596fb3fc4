import assert from 'node:assert/strict';
import { blackjack } from '../../envs/blackjack.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { play } from './play.ts';

describe('blackjack', () => {
  it('deals from an endless deck: pictures count 10', () => {
    const n = 26_000;
    const { state } = vectorize(blackjack, { numEnvs: n, seed: 2 });
    for (const name of ['shown', 'hidden']) {
      for (let card = 1; card <= 10; card++) {
        const p = (card === 10 ? 4 : 1) / 13;
        const error = state[name].filter((value: number) => value === card).length - n * p;
        assert.ok(Math.abs(error) < 5 * Math.sqrt(n * p * (1 - p)), `${name} ${card}: off by ${error}`);
      }
    }
    // An ace and a 10, in either order.
    const naturals = state.sum.filter((sum: number, i: number) => sum === 11 && state.ace[i]).length;
    const p = 8 / 169;
    assert.ok(Math.abs(naturals - n * p) < 5 * Math.sqrt(n * p * (1 - p)));
  });

  it('ends with −1 beyond 21, and else goes on until the player sticks', () => {
    const envs = vectorize(blackjack, { numEnvs: 200, seed: 7, autoreset: 'SAME_STEP' });
    for (let t = 0; t < 50; t++) {
      for (let i = 0; i < 200; i++) envs.actions[i] = (i + t) % 3 === 0 ? 0 : 1;
      envs.advance();
      for (let i = 0; i < 200; i++) {
        const [sum] = (envs.terminations[i] ? envs.finalObservations! : envs.observations).subarray(3 * i);
        const bust = sum > 21;
        assert.equal(envs.terminations[i], +(bust || envs.actions[i] === 0));
        if (bust) assert.equal(envs.rewards[i], -1);
        else if (envs.actions[i] === 1) assert.equal(envs.rewards[i], 0);
      }
    }
  });

  it('pays 1.5 for a natural that wins, if told to and Sutton and Barto are not followed', () => {
    const most = (params?: { natural?: number; sab?: number }) =>
      Math.max(...play(blackjack, 2000, () => 0, params).returns);
    assert.equal(most({ natural: 1, sab: 0 }), 1.5);
    // 21 in three cards is none.
    const envs = vectorize(blackjack, { numEnvs: 2, seed: 0, params: { natural: 1, sab: 0 } });
    for (const [name, values] of Object.entries({ sum: [11, 11], ace: [1, 1], cards: [2, 3] }))
      envs.state[name].set(values);
    for (const name of ['shown', 'hidden']) envs.state[name].fill(10);
    envs.advance();
    assert.deepEqual([...envs.rewards], [1.5, 1]);
    assert.deepEqual([most(), most({ natural: 1 }), most({ sab: 0 })], [1, 1, 1]);
  });
});
