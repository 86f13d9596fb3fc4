import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cartPole } from '../../envs/cartPole.ts';
import { corridor } from '../../envs/corridor.ts';
import { agentOf, agentPart, networkOf, readAgent } from '../../lib/agentFile.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../lib/checkpoint.ts';
import type { Json } from '../../lib/nouns.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { sameSpace } from '../../lib/space/space.ts';
import { bytesOfAgent, randomAgent } from './agent.ts';
import { shapesOf } from './engine/wasm/reference.ts';

describe('agentFile', () => {
  it('comes back from a checkpoint as it was', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(cartPole, corridor),
        fc.nat(),
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
        (env, seed, hidden) => {
          const file = randomAgent(env, seed, hidden);
          const { observation, action, ...back } = readAgent(bytesOfAgent(file));
          assert.ok(sameSpace(observation, env.observation) && sameSpace(action, env.action));
          assert.deepEqual(back, { env: env.id, network: file.network, weights: file.weights });
        },
      ),
    );
  });

  it('is found among the other contents of a checkpoint', () => {
    const file = randomAgent(corridor);
    const part = agentPart(file);
    const others = {
      'envs.x': { shape: [1], data: Float32Array.of(1) },
      agents: { shape: [1], data: Float32Array.of(2) },
    };
    const bytes = encodeCheckpoint({
      tensors: { ...part.tensors, ...others },
      values: { agent: part.values, pipeline: 'ppo' } as Json,
    });
    assert.deepEqual(readAgent(bytes).weights, file.weights);
  });

  it('says which network it needs', () => {
    const options = networkOf(randomAgent(cartPole, 1, [3, 2]));
    assert.deepEqual([options.inputs, options.choices], [4, 2]);
    assert.deepEqual(
      Object.keys(shapesOf(options)).sort(),
      Object.keys(randomAgent(cartPole, 1, [3, 2]).weights).sort(),
    );
  });

  it('refuses a checkpoint that holds no agent, or one that makes no sense', () => {
    const { tensors, values } = agentPart(randomAgent(corridor));
    const agent = values as Record<string, Json>;
    const space = discrete(2).toJSON();
    const cases: [Json, RegExp][] = [
      [{}, /it holds no agent/],
      [null, /it holds no agent/],
      [3, /it holds no agent/],
      [{ agent: null }, /it holds no agent/],
      [{ agent: { ...agent, observation: null } }, /its agent cannot be read: .*expected a Box/],
      [
        { agent: { ...agent, observation: space } },
        /its agent cannot be read: expected a Box of observations, got a Discrete/,
      ],
      [
        { agent: { ...agent, action: agent.observation } },
        /its agent cannot be read: expected a Discrete action, got a Box/,
      ],
      [{ agent: { ...agent, action: { type: 'Discrete', n: 0 } } }, /n must be a positive integer, got 0/],
      [{ agent: { ...agent, network: { hiden: [3] } } }, /unknown key hiden; did you mean hidden/],
      [{ agent: { ...agent, network: { hidden: [0] } } }, /expected a list of positive integers/],
    ];
    for (const [values, message] of cases) {
      const checkpoint = decodeCheckpoint(encodeCheckpoint({ tensors, values }));
      assert.throws(() => agentOf(checkpoint), { name: 'CheckpointError', message });
    }
  });
});
