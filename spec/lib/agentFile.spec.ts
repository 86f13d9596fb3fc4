import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cartPole } from '../../envs/cartPole.ts';
import { corridor } from '../../envs/corridor.ts';
import { agentOf, agentPart, policyOf, readAgent } from '../../lib/agentFile.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../lib/checkpoint.ts';
import { networkOf } from '../../lib/engine/wasm/actorCriticOptions.ts';
import type { Json, Tensor } from '../../lib/nouns.ts';
import { box } from '../../lib/space/box.ts';
import { dict } from '../../lib/space/dict.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { sameSpace } from '../../lib/space/space.ts';
import { ppo } from '../../pipelines/ppo.ts';
import { iterate } from '../pipelines/iterations.ts';
import { spot, swing } from '../pipelines/worlds.ts';
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
          const back = readAgent(bytesOfAgent(file));
          const { observation, action, weights } = policyOf(back);
          assert.ok(sameSpace(observation, env.observation) && sameSpace(action, env.action));
          assert.deepEqual([back.env, back.network], [env.id, file.network]);
          assert.deepEqual(weights, policyOf(file).weights);
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
    assert.deepEqual(policyOf(readAgent(bytes)).weights, policyOf(file).weights);
  });

  it('says which network it needs', () => {
    const file = randomAgent(cartPole, 1, [3, 2]);
    const options = networkOf(policyOf(file), file.network);
    assert.deepEqual([options.inputs, options.choices], [4, [2]]);
    assert.deepEqual(Object.keys(shapesOf(options)).sort(), Object.keys(policyOf(file).weights).sort());
    const continuous = { ...policyOf(file), action: box(-1, 1, [2]) };
    const { choices, dimensions } = networkOf(continuous, file.network);
    assert.deepEqual([choices, dimensions], [[], 2]);
    const mixed = { ...policyOf(file), action: dict({ push: box(-1, 1, [2]), jump: discrete(2) }) };
    assert.throws(() => networkOf(mixed, file.network), /expected actions of a Box of f32, or of Discrete/);
  });

  it('holds a policy for each kind, and shared weights once', () => {
    const [one, two] = [randomAgent(cartPole, 1), randomAgent(cartPole, 2)].map((file) => policyOf(file));
    const { env, network } = randomAgent(cartPole);
    const policies = { scout: one, miner: two, guard: { ...two } };
    const bytes = bytesOfAgent({ env, network, policies });
    const back = readAgent(bytes);
    for (const kind of ['scout', 'miner', 'guard'] as const)
      assert.deepEqual(policyOf(back, kind).weights, policies[kind].weights);
    assert.equal(policyOf(back, 'guard').weights, policyOf(back, 'miner').weights);
    assert.ok(
      bytes.length <
        bytesOfAgent({
          env,
          network,
          policies: { ...policies, guard: { ...one, weights: { ...one.weights } } },
        }).length,
    );
    assert.throws(
      () => policyOf(back),
      /policyOf: expected a kind, one of guard, miner, scout, got undefined/,
    );
    assert.throws(() => policyOf(back, 'king'), /got king/);
  });

  it('refuses the parts of memories, images, Gaussians and normalisers that are damaged, by name', async () => {
    const network = {
      ...{ hidden: [4], shared: true, memory: { kind: 'gru', units: 3 }, normalizeObservations: true },
      convolutions: [{ channels: 2, kernel: 4, stride: 2 }],
    };
    const { agent: image } = await iterate(spot, ppo, { numEnvs: 1, numSteps: 4, network }, 1);
    const { agent: arm } = await iterate(swing, ppo, { numEnvs: 1, numSteps: 4 }, 1);
    const off = (data: Tensor['data'], value: number) => Float32Array.from(data, () => value);
    const withNetwork = (changes: object) => (agent: Saved) => ({
      ...agent,
      values: { network: { ...agent.values.network, ...changes } },
    });
    type Saved = { tensors: Record<string, Tensor>; values: { network: Record<string, Json> } };
    const weights = (name: string, change: (tensor: Tensor) => Tensor | undefined) => (agent: Saved) => {
      const { [`agent.agent.${name}`]: tensor, ...tensors } = agent.tensors;
      const changed = change(tensor);
      return { ...agent, tensors: { ...tensors, ...(changed && { [`agent.agent.${name}`]: changed }) } };
    };
    const conv = { channels: 2, kernel: 4, stride: 2 };
    const cases: [
      Uint8Array,
      (agent: Saved) => { tensors: Record<string, Tensor>; values: object },
      RegExp,
    ][] = [
      [
        image,
        withNetwork({ convolutions: [3] }),
        /config convolutions: expected a list of \{channels, kernel, stride\}/,
      ],
      [
        image,
        withNetwork({ convolutions: [{ ...conv, kernel: 9 }] }),
        /trunk\.0: expected an image of at least 9 × 9, got 8 × 8/,
      ],
      [
        image,
        withNetwork({ convolutions: [{ ...conv, padding: 1 }] }),
        /config convolutions: expected a list/,
      ],
      [
        image,
        withNetwork({ memory: { kind: 'rnn' } }),
        /config memory\.kind: expected one of none, lstm, gru, minGru/,
      ],
      [
        image,
        withNetwork({ memory: { kind: 'gru', units: 4 } }),
        /agent\.memory\.\w+: expected a Float32Array \[12.*, got \[9/,
      ],
      [
        image,
        withNetwork({ memory: { kind: 'minGru', units: 4, layers: 1e8 } }),
        /agent: expected weights of 100000002 layers/,
      ],
      [image, withNetwork({ shared: false }), /expected shared: true/],
      [image, weights('observations.mean', () => undefined), /observations\.mean/],
      [
        image,
        weights('observations.mean', ({ data, shape }) => ({ shape, data: off(data, Number.NaN) })),
        /observations\.mean/,
      ],
      [image, weights('observations.scale', ({ data }) => ({ shape: [8, 8], data })), /observations\.scale/],
      [arm, weights('logStd', () => undefined), /logStd/],
      [
        arm,
        weights('logStd', ({ data }) => ({ shape: [2], data: Float32Array.of(data[0], 0) })),
        /logStd: expected a Float32Array \[1\], got \[2\]/,
      ],
      [
        arm,
        ({ tensors, values }) => ({ tensors, values: { ...values, form: 'dqn' } }),
        /expected the form of a policy, got "dqn"/,
      ],
      [
        arm,
        ({ tensors, values }) => ({ tensors, values: { ...values, form: 'sac' } }),
        /expected agent\.agent.*actor\.mean\.weight.*, got none/,
      ],
    ];
    for (const [bytes, damage, message] of cases) {
      const { tensors, values } = decodeCheckpoint(bytes);
      const own = (values as { agent: Saved['values'] }).agent;
      const damaged = damage({ tensors: { ...tensors }, values: own });
      const agent = { ...own, ...damaged.values } as unknown as Json;
      assert.throws(() => agentOf({ tensors: damaged.tensors, values: { agent } }), {
        name: 'CheckpointError',
        message,
      });
    }
  });

  it('refuses a checkpoint that holds no agent, or one that makes no sense', () => {
    const { tensors, values } = agentPart(randomAgent(corridor));
    const agent = values as { policies: { agent: Record<string, Json> } } & Record<string, Json>;
    const policy = agent.policies.agent;
    const withPolicy = (changes: Record<string, Json>) => ({
      agent: { ...agent, policies: { agent: { ...policy, ...changes } } },
    });
    const cases: [Json, RegExp][] = [
      [{}, /it holds no agent/],
      [null, /it holds no agent/],
      [3, /it holds no agent/],
      [{ agent: null }, /it holds no agent/],
      [{ agent: { ...agent, env: 3 } }, /its agent cannot be read: expected the id of an env, got 3/],
      [{ agent: { ...agent, policies: null } }, /its agent cannot be read/],
      [withPolicy({ observation: null }), /its agent cannot be read: .*expected one of Box/],
      [withPolicy({ action: { type: 'Discrete', n: 0 } }), /n must be a positive integer, got 0/],
      [withPolicy({ sameAs: 'king' }), /there is no kind king/],
      [{ agent: { ...agent, network: { hiden: [3] } } }, /unknown key hiden; did you mean hidden/],
      [{ agent: { ...agent, network: { hidden: [0] } } }, /expected a list of positive integers/],
    ];
    for (const [values, message] of cases) {
      const checkpoint = decodeCheckpoint(encodeCheckpoint({ tensors, values }));
      assert.throws(() => agentOf(checkpoint), { name: 'CheckpointError', message });
    }
  });
});
