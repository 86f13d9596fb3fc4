import assert from 'node:assert/strict';
import { networks } from '../../../bench/workloads/networks.ts';
import { options as sac } from '../../../bench/workloads/sacUpdate.ts';
import {
  cartPoleIni,
  cartPoleMinGru,
  puffer,
  pufferLstm,
  stepFlops,
} from '../../../bench/workloads/train.ts';
import { breakout, cartPole, squared } from '../../../envs/index.ts';
import { configure } from '../../../lib/config.ts';
import { countFlops, countSacFlops } from '../../../lib/engine/flops.ts';
import { ppoSchema } from '../../../pipelines/ppo.ts';

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

  it('counts an env step with a memory: 1.06M with an LSTM of 128, the last values of a rollout included', () => {
    const config = configure(ppoSchema, pufferLstm);
    const { infer } = countFlops({ inputs: 4, choices: [2], network: config.network });
    assert.equal(infer, 2 * (4 * 128 + (128 + 128) * 4 * 128 + 128 * 3));
    assert.equal(thousands(stepFlops(cartPole, config) + infer / config.numSteps), 1060);
    // 4 → 32, 3 gates of 32 twice, 32 → 3, and 3/8 of learning: forward and both gradients, but of the observation.
    const [first, others] = [2 * 4 * 32, 2 * (2 * 32 * 96 + 32 * 3)];
    const learning = 2 * first + 3 * others;
    assert.equal(
      stepFlops(cartPole, configure(ppoSchema, cartPoleMinGru)),
      first + others + (3 / 8) * learning,
    );
  });

  it('counts an update of soft actor-critic: 547M of 256 samples, but for gradients that nobody needs', () => {
    // A pass through an actor (3 inputs, mean and log-deviation) or a critic (observation and action) is as much.
    const [actor, critic] = [3 * 256 + 256 * 256 + 256 * 2, 4 * 256 + 256 * 256 + 256];
    assert.equal(actor, critic);
    // Forward: the actor twice, both targets, and both critics twice.
    const passes = 2 + 2 + 2 + 2;
    // Weights of both critics and of the actor, inputs of the critics twice and of the actor once.
    const all = 2 * 256 * (passes + 3 + 5) * actor;
    assert.equal(Math.round(all / 1e6), 547);
    // By the observation: of both critics as they learn, and of the actor.
    const spared = 2 * 256 * (2 * 4 * 256 + 3 * 256);
    assert.equal(256 * countSacFlops(sac), all - spared);
  });

  it('counts a layer by hand: 3 inputs, 5 hidden units, 2 choices and a value', () => {
    const network = { ...networks.W1s.network, hidden: [5] };
    const forward = 2 * (3 * 5 + 5 * 3);
    assert.deepEqual(countFlops({ inputs: 3, choices: [2], network }), {
      infer: forward,
      update: forward + forward + 2 * (5 * 3),
    });
  });

  it('counts patches of images: three convolutions, 512 units, 4 choices and a value', () => {
    const convolutions = 2 * (400 * 8 * 8 * 4 * 32 + 81 * 4 * 4 * 32 * 64 + 49 * 3 * 3 * 64 * 64);
    const infer = convolutions + 2 * (49 * 64 * 512 + 512 * 5);
    const first = 2 * 400 * 8 * 8 * 4 * 32;
    assert.deepEqual(countFlops(networks.nature), { infer, update: 3 * infer - first });
  });

  it('counts separate trunks as two towers', () => {
    const network = { ...networks.W1.network, hidden: [5] };
    assert.equal(
      countFlops({ inputs: 3, choices: [2], network }).infer,
      2 * (3 * 5 + 5 * 2) + 2 * (3 * 5 + 5),
    );
  });
});
