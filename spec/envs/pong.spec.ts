import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pong } from '../../envs/pong.ts';
import { vectorize } from '../../lib/env/vectorize.ts';

interface Round {
  readonly left: number;
  readonly right: number;
  readonly x: number;
  readonly y: number;
  readonly vx: number;
  readonly vy: number;
  readonly scoreLeft: number;
  readonly scoreRight: number;
}

const START: Round = { left: 320, right: 320, x: 100, y: 304, vx: 10, vy: 0, scoreLeft: 0, scoreRight: 0 };
const [STAY, UP, DOWN] = [0, 1, 2];

const open = (round: Partial<Round> = {}, seed = 0) => {
  const envs = vectorize(pong, { numEnvs: 1, seed });
  const set = (values: Partial<Round>) => {
    for (const [name, value] of Object.entries(values)) envs.state[name][0] = value;
  };
  set({ ...START, ...round });
  return {
    envs,
    set,
    /** One action, or as many as are given; what is there afterwards. */
    act(...actions: number[]) {
      for (const action of actions) {
        envs.actions[0] = action;
        envs.advance();
      }
      return Object.fromEntries(
        Object.keys(START).map((name) => [name, envs.state[name][0]]),
      ) as never as Round;
    },
  };
};

describe('pong', () => {
  it('starts in the middle, the ball towards the agent with vy 0 or −1, each alike', () => {
    const n = 4000;
    const { state } = vectorize(pong, { numEnvs: n, seed: 3 });
    for (const name of ['left', 'right', 'x', 'y', 'vx', 'scoreLeft', 'scoreRight'] as const)
      assert.ok(
        state[name].every((value) => value === START[name]),
        name,
      );
    assert.ok(state.vy.every((value) => value === 0 || value === -1));
    // Five standard deviations of n fair coins.
    assert.ok(Math.abs(state.vy.filter((value) => value === 0).length - n / 2) < 2.5 * Math.sqrt(n));
  });

  it('moves the ball and the agent for 8 frames of an action', () => {
    const moved = { ...START, x: 180, y: 296, vy: -1 };
    // The opponent aims at where the ball's upper edge was before the frame: 16 above its centre, then 1 a frame.
    assert.deepEqual(open({ vy: -1 }).act(STAY), { ...moved, left: 297 });
    assert.deepEqual(open({ vy: -1 }).act(UP), { ...moved, left: 297, right: 256 });
    assert.deepEqual(open({ vy: -1 }).act(DOWN), { ...moved, left: 297, right: 384 });
  });

  it('keeps the paddles’ centres in the field, and the opponent at 8 pixels a frame', () => {
    assert.equal(open({ right: 30 }).act(UP).right, 0);
    assert.equal(open({ right: 620 }).act(DOWN).right, 640);
    assert.equal(open({ left: 100, y: 500 }).act(STAY).left, 164);
    assert.equal(open({ left: 500, y: 100 }).act(STAY).left, 436);
    assert.equal(open({ left: 103, y: 100 }).act(STAY).left, 100);
  });

  it('turns the ball at the upper and the lower edge', () => {
    // 3 frames to −1, which becomes 0, then 5 frames back.
    const up = open({ y: 14, vy: -5 }).act(STAY);
    assert.deepEqual([up.y, up.vy], [25, 5]);
    const down = open({ y: 608 - 14, vy: 5 }).act(STAY);
    assert.deepEqual([down.y, down.vy], [608 - 25, -5]);
    const along = open({ y: 10, vy: -5 }).act(STAY);
    assert.deepEqual([along.y, along.vy], [25, 5], 'touching the edge is not crossing it');
  });

  it('turns the ball where the agent’s paddle overlaps it, and adds its motion to vy', () => {
    // From x 460 with vx 10 the first frame crosses 468; seven frames back lead to 398.
    const hit = (vy: number, action: number, right = 320) => open({ x: 460, y: 304, vy, right }).act(action);
    for (const [vy, action, expected] of [
      [2, STAY, 2],
      [2, UP, -1],
      [2, DOWN, 5],
      [12, DOWN, 13],
      [-12, UP, -13],
      [0, STAY, 0.01],
      [-0.005, STAY, -0.01],
      [3, UP, 0.01],
    ]) {
      const after = hit(vy, action);
      assert.deepEqual([after.x, after.vx, after.vy], [398, -10, expected], `${vy}, ${action}`);
    }
    // The paddle covers centre ± 35, the ball y … y + 32; both must share more than an edge.
    for (const [right, met] of [
      [304 - 35, false],
      [304 - 34, true],
      [336 + 34, true],
      [336 + 35, false],
    ] as const)
      assert.equal(hit(0, STAY, right).scoreLeft, met ? 0 : 1, `${right}`);
  });

  it('turns the ball at the opponent’s paddle without a spin', () => {
    const after = open({ x: 8, vx: -10, y: 300, vy: 6, left: 310 }).act(STAY);
    assert.deepEqual([after.x, after.vx, after.vy, after.y], [70, 10, 6, 348]);
  });

  it('pays ±1 for a point, which ends the action’s frames and begins a round', () => {
    const lost = open({ x: 460, y: 100, right: 500, left: 50, scoreRight: 4 });
    const { vy, ...after } = lost.act(DOWN);
    assert.deepEqual({ ...after, vy: 0 }, { ...START, scoreLeft: 1, scoreRight: 4 });
    assert.ok(vy === 0 || vy === -1);
    assert.deepEqual([lost.envs.rewards[0], lost.envs.terminations[0]], [-1, 0]);
    const won = open({ x: 8, vx: -10, y: 100, left: 500, scoreLeft: 20, scoreRight: 19 });
    assert.equal(won.act(DOWN).scoreRight, 20);
    assert.deepEqual([won.envs.rewards[0], won.envs.terminations[0]], [1, 0]);
  });

  it('ends at 21 points of either, after a score of −21 for an agent that hides in a corner', () => {
    for (const [round, reward] of [
      [{ x: 8, vx: -10, y: 100, left: 500, scoreRight: 20 }, 1],
      [{ x: 460, y: 100, right: 500, scoreLeft: 20 }, -1],
    ] as const) {
      const { envs, act } = open(round);
      act(STAY);
      assert.deepEqual([envs.rewards[0], envs.terminations[0]], [reward, 1]);
    }
    const { envs, act } = open();
    // A ball from the start takes 37 frames: the fifth action ends with the point, and 105 actions with the game.
    const { scoreLeft } = act(...Array(105).fill(UP));
    assert.deepEqual([scoreLeft, envs.terminations[0], envs.scores.episodeReturn], [21, 1, -21]);
    assert.equal(pong.scores?.score({ state: { scoreLeft: [21], scoreRight: [4] } } as never, 0), -17);
  });

  it('shows everything in [0, 1], both scores over 21', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.nat(2), { minLength: 20, maxLength: 200 }), (seed, actions) => {
        const { envs, act } = open({}, seed);
        const s = act(...actions);
        const expected = [s.left / 640, s.right / 640, s.x / 500, s.y / 640];
        expected.push((s.vx + 10) / 20, (s.vy + 13) / 26, s.scoreLeft / 21, s.scoreRight / 21);
        assert.deepEqual([...envs.observations], expected.map(Math.fround));
      }),
    );
  });

  it('draws the paddles beside the field, the ball between them, and points as dots', () => {
    const { envs } = open({ left: 35, right: 605, x: 100, y: 300, scoreLeft: 3, scoreRight: 2 });
    const { width, height, data } = envs.render(0)!;
    assert.deepEqual([width, height, data.length], [54, 64, 54 * 64 * 3]);
    const color = (x: number, y: number) =>
      data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3).join();
    const cells = (found: string) => {
      const all = Array.from({ length: width * height }, (_, k) => [k % width, Math.floor(k / width)]);
      return all.filter(([x, y]) => color(x, y) === found);
    };
    const ball = cells('241,241,241');
    assert.deepEqual([ball.length, ...ball[0], ...ball[8]], [9, 12, 30, 14, 32]);
    const [left, right] = [cells(color(0, 3)), cells(color(53, 60))];
    assert.deepEqual([left.length, ...left[0], ...left[13]], [14, 0, 0, 1, 6]);
    assert.deepEqual([right.length, ...right[0], ...right[13]], [14, 52, 57, 53, 63]);
    assert.deepEqual(cells(color(2, 0)), [[2, 0]], 'the third dot; the paddle hides two');
    assert.deepEqual(cells(color(53, 0)).length, 2);
  });
});
