import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../../../../lib/arena.ts';
import { SacActor } from '../../../../../lib/engine/wasm/sac/sacActor.ts';
import { SacAgent, type SacAgentOptions } from '../../../../../lib/engine/wasm/sac/sacAgent.ts';
import { squashed } from '../../../../kernels/reference/squashed.ts';

const low = [-2, 0];
const high = [2, 0.5];
const gains = { hidden: 1, policy: 1, value: 1 };
const network = { hidden: [8], activation: 'relu', gains, normalizeBytes: true } as const;

/** An agent of these weights, and observations to act on, rows `from` … of a hundred thousand. */
function open(rows: number, options: SacAgentOptions = {}, from = 0) {
  const arena = new Arena(2 ** 22);
  const actor = new SacActor({ inputs: 3, low, high, network }, arena).initialize(3);
  const agent = new SacAgent(actor, rows, 7, { firstRow: from, ...options });
  const { observations } = arena.take({ observations: ['f32', 3 * rows] });
  for (let i = 0; i < observations.length; i++) observations[i] = Math.sin(3 * from + i);
  const act = (t: number) => {
    const { actions, logProbs, values } = agent.infer({ kind: 'observation', t, observations });
    return { actions: Array.from(actions), logProbs: Array.from(logProbs), values: Array.from(values) };
  };
  return { act, actor };
}

const cases = fc.record({
  rows: fc.integer({ min: 1, max: 300 }),
  at: fc.nat(299),
  t: fc.oneof(fc.nat(100), fc.constantFrom(2 ** 32 - 1, 2 ** 32, 2 ** 40 + 3)),
  greedy: fc.boolean(),
  noisePeriod: fc.constantFrom(1, 8),
  explores: fc.boolean().map((explores) => () => explores),
});

describe('SacAgent', () => {
  it('acts the same when asked again, and however rows are batched; actions are in their range', () => {
    fc.assert(
      fc.property(cases, ({ rows, at, t, ...options }) => {
        const { act } = open(rows, options);
        const whole = act(t);
        act(t + 1);
        assert.deepEqual(act(t), whole);
        const row = at % rows;
        const one = open(1, options, row).act(t);
        assert.deepEqual(one.actions, whole.actions.slice(2 * row, 2 * row + 2));
        assert.deepEqual(one.logProbs, [whole.logProbs[row]]);
        assert.ok(whole.values.every((value) => value === 0));
        whole.actions.forEach((action, k) => {
          assert.ok(action >= low[k & 1] && action <= high[k & 1], `${action}`);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('explores uniformly until it is told otherwise', () => {
    let exploring = true;
    const { act } = open(1000, { explores: () => exploring });
    const [first, second] = [act(0), act(1)];
    exploring = false;
    const third = act(2);
    assert.notDeepEqual(first.actions, second.actions);
    for (const { actions, logProbs } of [first, second]) {
      for (const k of [0, 1]) {
        const counts = new Uint32Array(4);
        for (let row = 0; row < 1000; row++)
          counts[Math.floor((4 * (actions[2 * row + k] - low[k])) / (high[k] - low[k]))]++;
        // 250 expected in each quarter, with a standard deviation of 14.
        for (const count of counts) assert.ok(Math.abs(count - 250) < 70, `${count}`);
      }
      assert.ok(Math.abs(logProbs[5] + Math.log(4 * 0.5)) < 1e-6);
    }
    assert.ok(third.logProbs.some((logProb) => logProb !== third.logProbs[0]));
  });

  it('turns slow noise from one number to the next, standard normal at each step', () => {
    // With weights 0, μ is 0 and log σ −1.5: actions tell the noise.
    const noiseAt = (noisePeriod: number, t: number) => {
      const { act, actor } = open(2000, { noisePeriod });
      actor.parameters.fill(0);
      actor.pack();
      const { actions } = act(t);
      const { action } = squashed(0, 0, 1, 2, 0);
      assert.ok(action > 0);
      return actions.filter((_, k) => k % 2 === 0).map((a) => Math.atanh(a / 2) / Math.exp(-1.5));
    };
    const moment = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0) / a.length;
    const [start, middle, next] = [16, 20, 24].map((t) => noiseAt(8, t));
    for (const noise of [start, middle, next]) assert.ok(Math.abs(moment(noise, noise) - 1) < 0.15);
    assert.ok(Math.abs(moment(start, middle) - Math.SQRT1_2) < 0.12);
    assert.ok(Math.abs(moment(start, next)) < 0.12);
    assert.ok(Math.abs(moment(noiseAt(1, 16), noiseAt(1, 17))) < 0.12);
  });
});
