import assert from 'node:assert/strict';
import { countFlops } from '../../bench/flops.ts';
import { networks } from '../../bench/workloads/networks.ts';
import { cartPoleIni, puffer, stepFlops } from '../../bench/workloads/train.ts';
import { breakout, cartPole, squared } from '../../envs/index.ts';
import { configure } from '../../lib/config.ts';
import { ppoSchema } from '../../pipelines/ppo.ts';

/** In thousands, to three digits, as the workloads' table has them. */
function thousands(flops: number): number {
  return Number((flops / 1000).toPrecision(3));
}

describe('countFlops', () => {
  for (const [name, expected] of [
    ['W1', 52.4],
    ['W2', 64.3],
    ['W3', 1720],
  ] as const) {
    it(`counts ${expected}k an update of ${name}`, () =>
      assert.equal(thousands(countFlops(networks[name]).update), expected));
  }

  it('counts an env step of squared-mlp128: inference and one epoch', () => {
    const { network } = networks.W2;
    const { infer, update } = countFlops({ inputs: 121, choices: [5], network });
    assert.equal(thousands(infer + update), 99.1);
  });

  it('counts an env step of the train workloads: inference, and as many epochs as they have', () => {
    const [below, head] = [2 * 118 * 128, 2 * 128 * 4];
    assert.equal(stepFlops(breakout, configure(ppoSchema, puffer)), 3 * below + 4 * head);
    assert.equal(thousands(stepFlops(squared, configure(ppoSchema, puffer))), 99.1);
    // 4 → 32 → 32 → 3, and 3/8 of learning: forward, weights' gradients, inputs' gradients but of the first layer.
    const [first, others] = [2 * 4 * 32, 2 * (32 * 32 + 32 * 3)];
    const learning = 2 * first + 3 * others;
    assert.equal(stepFlops(cartPole, configure(ppoSchema, cartPoleIni)), first + others + (3 / 8) * learning);
  });

  it('counts a layer by hand: 3 inputs, 5 hidden units, 2 choices and a value', () => {
    const network = { ...networks.W1s.network, hidden: [5] };
    const forward = 2 * (3 * 5 + 5 * 3);
    assert.deepEqual(countFlops({ inputs: 3, choices: [2], network }), {
      infer: forward,
      update: forward + forward + 2 * (5 * 3),
    });
  });

  it('counts separate trunks as two towers', () => {
    const network = { ...networks.W1.network, hidden: [5] };
    assert.equal(
      countFlops({ inputs: 3, choices: [2], network }).infer,
      2 * (3 * 5 + 5 * 2) + 2 * (3 * 5 + 5),
    );
  });
});
