import assert from 'node:assert/strict';
import { frozenLake, frozenLakeOn } from '../../envs/frozenLake.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { play } from './play.ts';

describe('frozenLake', () => {
  it('is crossed in six steps where it is not slippery, and pays what it is told to', () => {
    // Left, down, right, up are 0, 1, 2, 3; −1 is no cell of the way.
    const way = [1, -1, -1, -1, 1, -1, -1, -1, 2, 1, -1, -1, -1, 2, -1, -1];
    const along = (route: number[], params = {}) =>
      play(frozenLake, 10, ({ observations }, i) => Math.max(0, route[observations[i]]), {
        slippery: 0,
        ...params,
      });
    const { returns, lengths } = along([...way.slice(0, 14), 2, 0]);
    assert.ok(returns.every((value) => value === 1) && lengths.every((length) => length === 6));
    const pays = { goalReward: 10, holeReward: -2, frozenReward: -0.5 };
    assert.equal(along([...way.slice(0, 14), 2, 0], pays).meanReturn, 10 - 5 * 0.5);
    // Right, then down, into the hole of cell 5.
    assert.equal(along([2, 1, ...way.slice(2)], pays).meanReturn, -0.5 - 2);
  });

  it('truncates at 100 steps', () => {
    const { lengths, truncated } = play(frozenLake, 5, () => 0, { slippery: 0 });
    assert.deepEqual([truncated, ...lengths], [5, 100, 100, 100, 100, 100]);
  });

  it('begins at each S alike, on a lake of one’s own', () => {
    const lake = frozenLakeOn(['SGS', 'HSF'], { id: 'Pond-v0' });
    const { observations } = vectorize(lake, { numEnvs: 9000, seed: 4 });
    const counts = new Map<number, number>();
    for (const cell of observations) counts.set(cell, (counts.get(cell) ?? 0) + 1);
    assert.deepEqual([...counts.keys()].sort(), [0, 2, 4]);
    // Five standard deviations of 9000 draws.
    for (const count of counts.values()) assert.ok(Math.abs(count - 3000) < 5 * Math.sqrt(9000 * (2 / 9)));
  });

  it('names what is wrong with a lake or a probability', () => {
    const lake =
      (...rows: string[]) =>
      () =>
        frozenLakeOn(rows, { id: 'Pond-v0' });
    assert.throws(lake('SF', 'FFG'), /^RangeError: frozenLakeOn: expected rows of 2 tiles, got FFG/);
    assert.throws(lake('SX'), /expected tiles of S, F, H and G, got X/);
    assert.throws(lake('FG'), /expected a start S, got none/);
    assert.throws(lake(), /expected a start S, got none/);
    for (const successRate of [-0.1, 1.1]) {
      const open = () => vectorize(frozenLake, { numEnvs: 1, seed: 0, params: { successRate } });
      assert.throws(open, /FrozenLake-v1, env 0.*successRate: expected a probability, got/);
    }
  });
});
