import assert from 'node:assert/strict';
import { cliffWalking } from '../../envs/cliffWalking.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { play } from './play.ts';

/** Up from the start, right along the edge, down at the end. */
const alongTheEdge = (cell: number) => (cell === 36 ? 0 : cell % 12 === 11 ? 2 : 1);

describe('cliffWalking', () => {
  it('takes 13 steps along the edge', () => {
    const { returns, lengths } = play(cliffWalking, 3, ({ observations }, i) =>
      alongTheEdge(observations[i]),
    );
    assert.deepEqual([...returns, ...lengths], [-13, -13, -13, 13, 13, 13]);
  });

  it('costs 100 to fall, from the edge or from the start, and goes on at the start without end', () => {
    const envs = vectorize(cliffWalking, { numEnvs: 1, seed: 0 });
    for (let t = 0; t < 2000; t++) {
      envs.actions[0] = 1;
      envs.advance();
      assert.deepEqual([envs.rewards[0], envs.observations[0]], [-100, 36]);
      assert.deepEqual([envs.terminations[0], envs.truncations[0]], [0, 0]);
    }
  });

  it('is walked further from the edge where it is slippery', () => {
    const slippery = { slippery: 1 };
    const edge = play(cliffWalking, 300, ({ observations }, i) => alongTheEdge(observations[i]), slippery);
    // Up to the top row, then right, then down.
    const top = (cell: number) => (cell % 12 === 11 ? 2 : cell < 12 ? 1 : 0);
    const safe = play(cliffWalking, 300, ({ observations }, i) => top(observations[i]), slippery);
    assert.ok(safe.meanReturn > edge.meanReturn);
    assert.ok(edge.meanReturn < -100, 'who walks along the edge falls');
  });
});
