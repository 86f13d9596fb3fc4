import assert from 'node:assert/strict';
import { emulate } from '../../../lib/env/emulate.ts';
import type { ParallelOptions } from '../../../lib/env/structured.ts';
import { box } from '../../../lib/space/box.ts';
import { discrete } from '../../../lib/space/discrete.ts';
import { Herd, hunterDoes, hunterSees, preyDoes, preySees, Rover } from '../../fakes/structured.ts';

describe('emulate', () => {
  it('knows one agent by its spaces', () => {
    const { observationSpace: observation, actionSpace: action } = new Rover();
    const { id, maxEpisodeSteps, threshold, form, kinds, reappear } = emulate({
      id: 'Rover-v0',
      create: () => new Rover(),
      maxEpisodeSteps: 9,
      threshold: 3,
    });
    assert.deepEqual([id, maxEpisodeSteps, threshold, form, reappear], ['Rover-v0', 9, 3, 'single', false]);
    const [kind, ...others] = kinds;
    assert.deepEqual(others, []);
    assert.deepEqual(
      { ...kind, observation: 0, action: 0 },
      {
        name: 'agent',
        observation: 0,
        action: 0,
        slots: 1,
        agents: ['agent'],
        masked: true,
      },
    );
    assert.equal(JSON.stringify([kind.observation, kind.action]), JSON.stringify([observation, action]));
  });

  it('knows kinds by the names of agents, or as it is told', () => {
    const create = () => new Herd({ hunters: 2, prey: 3 });
    const told = (options: Partial<ParallelOptions>) =>
      emulate({ id: 'Herd-v0', create, ...options }).kinds.map(({ name, slots, agents }) => [
        name,
        slots,
        ...agents,
      ]);
    const prey = ['prey_0', 'prey_1', 'prey_2'];
    assert.deepEqual(told({}), [
      ['hunter', 2, 'hunter_0', 'hunter_1'],
      ['prey', 3, ...prey],
    ]);
    assert.deepEqual(told({ maxAgents: { prey: 1 } }), [
      ['hunter', 2, 'hunter_0', 'hunter_1'],
      ['prey', 1, ...prey],
    ]);
    assert.deepEqual(told({ kindOf: (agent) => (agent === 'prey_0' ? 'king' : agent[0]) }), [
      ['h', 2, 'hunter_0', 'hunter_1'],
      ['king', 1, 'prey_0'],
      ['p', 2, 'prey_1', 'prey_2'],
    ]);
    const { kinds, form } = emulate({ id: 'Herd-v0', create });
    assert.equal(form, 'parallel');
    assert.deepEqual(
      kinds.flatMap(({ observation, action }) => [observation, action]),
      [hunterSees, hunterDoes, preySees, preyDoes],
    );
  });

  it('looks at one env, when it is asked, and closes it', () => {
    const made: Rover[] = [];
    const env = emulate({ id: 'Rover-v0', create: () => made[made.push(new Rover()) - 1] });
    assert.equal(made.length, 0);
    assert.equal(env.form, 'single');
    assert.equal(env.kinds, env.kinds);
    assert.deepEqual(
      made.map(({ closed }) => closed),
      [1],
    );
  });

  const options = { id: 'Rover-v0', create: () => new Rover() };
  const wrong: [what: string, options: object, message: RegExp][] = [
    ['an id of another form', { id: 'Rover' }, /^emulate: id must be of the form Name-v0, got "Rover"$/],
    [
      'an env instead of a function',
      { create: new Rover() },
      /^emulate Rover-v0: create must be a function, got object$/,
    ],
    ['a misspelt key', { maxAgent: { prey: 1 } }, /: unknown key maxAgent; did you mean maxAgents\?/],
    [
      'no steps',
      { maxEpisodeSteps: 0 },
      /^emulate Rover-v0: maxEpisodeSteps must be a positive integer, got 0$/,
    ],
  ];
  for (const [what, change, message] of wrong) {
    it(`refuses ${what}, at once`, () => {
      assert.throws(() => emulate({ ...options, ...change } as typeof options), { message });
    });
  }

  const rover = (change: object) => ({ create: () => Object.assign(new Rover(), change) });
  const herd = (change: object) => ({
    create: () => Object.assign(new Herd({ hunters: 2, prey: 2 }), change),
  });
  const odd: [what: string, options: object, message: RegExp][] = [
    ['nothing', { create: () => {} }, /expected create to return an env, got undefined$/],
    ['an env without step', rover({ step: undefined }), /: step must be a function, got undefined$/],
    [
      'a mask that is no function',
      rover({ actionMask: [1] }),
      /: actionMask must be a function, got an array$/,
    ],
    [
      'a state that cannot be set',
      rover({ setState: undefined }),
      /: getState and setState must come together$/,
    ],
    [
      'no space',
      rover({ observationSpace: undefined }),
      /: the observation space must be a space, got undefined$/,
    ],
    [
      'an action of floats',
      rover({ actionSpace: box(0, 1, [2], 'f64') }),
      /: the action space must be a Box of f32, or/,
    ],
    [
      'agents by number',
      herd({ possibleAgents: 4 }),
      /: possibleAgents must be an array of names, got number$/,
    ],
    ['no agents', herd({ possibleAgents: [] }), /: possibleAgents must be an array of names, got an array$/],
    [
      'an agent twice',
      herd({ possibleAgents: ['prey_0', 'prey_0'] }),
      /: possibleAgents holds prey_0 twice$/,
    ],
    [
      'an env without their spaces',
      herd({ actionSpace: discrete(2) }),
      /: actionSpace must be a function, got object$/,
    ],
    [
      'no space of one',
      herd({ actionSpace: () => 3 }),
      /: the action space of hunter_0 must be a space, got number$/,
    ],
    [
      'one kind with two spaces',
      { ...herd({}), kindOf: () => 'animal' },
      /: prey_0 and hunter_0 are of the kind animal, but their spaces differ: tell their kinds apart by kindOf$/,
    ],
    [
      'a kind without a name',
      { ...herd({}), kindOf: () => 0 },
      /: kindOf\(hunter_0\) must be a name, got number$/,
    ],
    [
      'a kind with a dot in its name',
      { ...herd({}), kindOf: () => 'small.animal' },
      /: expected kinds with names without dots, got "small.animal" for hunter_0$/,
    ],
    ['rows for no kind', { ...herd({}), maxAgents: { fox: 1 } }, /: maxAgents: there is no kind fox$/],
    ...[0, 3, 0.5].map((most): [string, object, RegExp] => [
      `${most} rows for two agents`,
      { ...herd({}), maxAgents: { prey: most } },
      /: maxAgents\.prey must be an integer in \[1, 2\], got/,
    ]),
  ];
  for (const [what, change, message] of odd) {
    it(`refuses ${what}, when it is looked at`, () => {
      const env = emulate({ ...options, ...change } as typeof options);
      assert.throws(() => env.kinds, { message });
      assert.throws(() => env.form, /^\w+: emulate Rover-v0: |expected create/);
    });
  }
});
