import assert from 'node:assert/strict';
import fc from 'fast-check';
import { squared } from '../../envs/squared.ts';
import { vectorize } from '../../lib/env/vectorize.ts';

const [STAY, DOWN, UP, LEFT, RIGHT] = [0, 1, 2, 3, 4];
const at = (x: number, y: number) => 11 * y + x;

/** A world whose agent and target are where one wants them. */
const open = (agent = at(5, 5), target = at(0, 0), tick = 0) => {
  const envs = vectorize(squared, { numEnvs: 1, seed: 1 });
  for (const [name, value] of Object.entries({ agent, target, tick })) envs.state[name][0] = value;
  return {
    envs,
    /** Where the agent is after an action, its reward, and whether that ended the episode. */
    act(action: number) {
      envs.actions[0] = action;
      envs.advance();
      return [envs.state.agent[0], envs.rewards[0], envs.terminations[0]];
    },
    success: () => squared.scores?.success({ state: envs.state } as never, 0),
  };
};

describe('squared', () => {
  it('starts in the centre, with the target on any other cell alike', () => {
    const each = 100;
    const { state } = vectorize(squared, { numEnvs: 120 * each, seed: 1 });
    assert.ok(state.agent.every((cell) => cell === 60));
    assert.ok(state.tick.every((tick) => tick === 0));
    const counts = new Array(121).fill(0);
    for (const cell of state.target) counts[cell]++;
    assert.deepEqual(counts.splice(60, 1), [0]);
    // Pearson's statistic: mean 119, standard deviation √238 for uniform draws.
    const chi2 = counts.reduce((sum, count) => sum + (count - each) ** 2 / each, 0);
    assert.ok(Math.abs(chi2 - 119) < 5 * Math.sqrt(238), `${chi2}`);
  });

  it('stays, goes down, up, left and right, and shows the cells as bytes', () => {
    for (const [action, x, y] of [
      [STAY, 5, 5],
      [DOWN, 5, 6],
      [UP, 5, 4],
      [LEFT, 4, 5],
      [RIGHT, 6, 5],
    ]) {
      const { envs, act } = open(at(5, 5), at(10, 9));
      assert.deepEqual(act(action), [at(x, y), 0, 0]);
      assert.ok(envs.observations instanceof Uint8Array);
      const expected = new Uint8Array(121);
      expected[at(x, y)] = 1;
      expected[at(10, 9)] = 2;
      assert.deepEqual(Uint8Array.from(envs.observations), expected);
    }
  });

  it('pays 1 on the target and ends', () => {
    const { act, success } = open(at(3, 3), at(4, 3));
    assert.deepEqual(act(DOWN), [at(3, 4), 0, 0]);
    assert.deepEqual(act(RIGHT), [at(4, 4), 0, 0]);
    assert.deepEqual(act(UP), [at(4, 3), 1, 1]);
    assert.equal(success(), 1);
  });

  it('pays −1 for leaving the field at each of its borders, and ends', () => {
    for (let k = 0; k < 11; k++) {
      for (const [action, cell] of [
        [DOWN, at(k, 10)],
        [UP, at(k, 0)],
        [LEFT, at(0, k)],
        [RIGHT, at(10, k)],
      ]) {
        const { act, success } = open(cell, at(5, 5));
        assert.deepEqual(act(STAY), [cell, 0, 0]);
        assert.deepEqual(act(action), [cell, -1, 1]);
        assert.equal(success(), 0);
      }
    }
  });

  it('pays −1 for the 34th step and ends, on the target too', () => {
    const { act } = open();
    for (let tick = 1; tick <= 33; tick++) assert.deepEqual(act(STAY), [60, 0, 0]);
    assert.deepEqual(act(STAY), [60, -1, 1]);
    assert.deepEqual(open(60, 61, 32).act(RIGHT), [61, 1, 1]);
    const late = open(60, 61, 33);
    assert.deepEqual(late.act(RIGHT), [61, -1, 1]);
    assert.equal(late.success(), 0);
  });

  it('shows one agent and at most one target in every row, whatever was there before', () => {
    const numEnvs = 37;
    const actions = fc.array(fc.array(fc.nat(4), { minLength: numEnvs, maxLength: numEnvs }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.nat(), actions, (seed, steps) => {
        const envs = vectorize(squared, { numEnvs, seed });
        for (const step of steps) {
          envs.observations.fill(2);
          envs.actions.set(step);
          envs.advance();
        }
        const expected = new Uint8Array(121 * numEnvs);
        for (let i = 0; i < numEnvs; i++) {
          expected[121 * i + envs.state.target[i]] = 2;
          expected[121 * i + envs.state.agent[i]] = 1;
        }
        assert.deepEqual(Uint8Array.from(envs.observations), expected);
      }),
    );
  });

  it('draws the agent and the target in their cells', () => {
    const { envs } = open(at(2, 7), at(9, 1));
    const { width, height, data } = envs.render(0)!;
    assert.deepEqual([width, height], [44, 44]);
    const color = (x: number, y: number) => [...data.subarray(3 * (44 * y + x), 3 * (44 * y + x) + 3)];
    const ground = color(0, 0);
    const cells = Array.from({ length: 121 }, (_, cell) => cell);
    const others = cells.filter(
      (cell) => color(4 * (cell % 11) + 1, 4 * Math.floor(cell / 11) + 1).join() !== ground.join(),
    );
    assert.deepEqual(others, [at(9, 1), at(2, 7)]);
    assert.notDeepEqual(color(9, 29), color(37, 5));
  });
});
