import assert from 'node:assert/strict';
import { emulate } from '../../../lib/env/emulate.ts';
import type {
  GymnasiumEnv,
  ParallelEnv,
  ParallelOptions,
  StructuredEnv,
} from '../../../lib/env/structured.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import type { Autoreset } from '../../../lib/env/vectorOptions.ts';
import { box } from '../../../lib/space/box.ts';
import { dict } from '../../../lib/space/dict.ts';
import { discrete } from '../../../lib/space/discrete.ts';
import { multiDiscrete } from '../../../lib/space/multiDiscrete.ts';

const modes: readonly Autoreset[] = ['NEXT_STEP', 'SAME_STEP'];

type Values = Record<string, unknown>;
interface Result {
  observations: Values;
  rewards: Values;
  terminations: Values;
  truncations: Values;
  agents: unknown;
  /** What is returned instead of all that. */
  instead?: unknown;
}
/** Spoils what the third step returns. */
type Spoil = (result: Result) => unknown;

const sees = dict({ clock: box(0, 10, [2]) });

/** Two runners of three, who show the clock. */
class Runners implements ParallelEnv<typeof sees> {
  readonly possibleAgents = ['runner_0', 'runner_1', 'runner_2'];
  agents: string[] = [];
  readonly spoil: Spoil;
  clock = 0;
  closed = 0;

  constructor(spoil: Spoil) {
    this.spoil = spoil;
  }

  observationSpace = () => sees;
  actionSpace = () => discrete(2, 5);

  reset(): ReturnType<ParallelEnv<typeof sees>['reset']> {
    this.clock = 0;
    this.agents = ['runner_0', 'runner_1'];
    return [this.each({ clock: [0, 0] }) as never, {}];
  }

  step(): ReturnType<ParallelEnv<typeof sees>['step']> {
    this.clock++;
    const result: Result = {
      observations: this.each({ clock: [this.clock, 0] }),
      rewards: this.each(1),
      terminations: this.each(false),
      truncations: this.each(false),
      agents: this.agents,
    };
    if (this.clock === 3) this.spoil(result);
    this.agents = result.agents as string[];
    const { observations, rewards, terminations, truncations, instead } = result;
    return (instead ?? [observations, rewards, terminations, truncations, {}]) as never;
  }

  close() {
    this.closed++;
  }

  each(value: unknown): Values {
    return Object.fromEntries(this.agents.map((agent) => [agent, value]));
  }
}

/** Only the last of `numEnvs` envs is spoilt; another is created to look at. */
function race(spoil: Spoil, options: Partial<ParallelOptions> = {}, numEnvs = 2) {
  let created = 0;
  const create = () => new Runners(created++ === numEnvs ? spoil : () => {});
  return emulate({ id: 'Race-v0', create, ...options });
}

/** Steps two worlds, everybody doing `action`. */
function run(env: StructuredEnv, autoreset: Autoreset = 'NEXT_STEP', steps = 3, action = 1) {
  const envs = vectorize(env, { numEnvs: 2, seed: 0, autoreset });
  for (let t = 0; t < steps; t++) {
    for (const { actions } of envs.groups) actions.fill(action);
    envs.advance();
  }
  return envs;
}

describe('StructuredEnvs, when an env with several agents breaks its contract', () => {
  const at = (step: number, agent?: string) =>
    `Race-v0, env 1${agent ? `, agent ${agent}` : ''}, step ${step}: `;
  const cases: [what: string, spoil: Spoil, message: string, options?: Partial<ParallelOptions>][] = [
    [
      'an observation outside its space',
      ({ observations }) => Object.assign(observations, { runner_1: { clock: [3, 11] } }),
      `${at(3, 'runner_1')}observation.clock[1]: expected a finite number in [0, 10], got 11`,
    ],
    [
      'no observation',
      ({ observations }) => delete observations.runner_0,
      `${at(3, 'runner_0')}observation: expected an object, got undefined`,
    ],
    [
      'a reward that is NaN',
      ({ rewards }) => Object.assign(rewards, { runner_1: Number.NaN }),
      `${at(2, 'runner_1')}reward: expected a finite number, got NaN`,
    ],
    [
      'a reward beyond float32',
      ({ rewards }) => Object.assign(rewards, { runner_1: 1e39 }),
      `${at(2, 'runner_1')}reward: expected a finite number, got 1e+39`,
    ],
    [
      'no reward',
      ({ rewards }) => delete rewards.runner_1,
      `${at(2, 'runner_1')}reward: expected a finite number, got undefined`,
    ],
    [
      'a reward in words',
      ({ rewards }) => Object.assign(rewards, { runner_1: '1' }),
      `${at(2, 'runner_1')}reward: expected a finite number, got 1`,
    ],
    [
      'a number for a flag',
      ({ terminations }) => Object.assign(terminations, { runner_0: 1 }),
      `${at(2, 'runner_0')}termination: expected true or false, got 1`,
    ],
    [
      'no flag',
      ({ truncations }) => delete truncations.runner_0,
      `${at(2, 'runner_0')}truncation: expected true or false, got undefined`,
    ],
    [
      'an agent who is gone without a flag',
      ({ agents }) => (agents as string[]).pop(),
      `${at(2, 'runner_1')}agents: it is gone without termination or truncation`,
    ],
    [
      'an agent who has finished and stays',
      ({ terminations }) => Object.assign(terminations, { runner_1: true }),
      `${at(2, 'runner_1')}agents: it has finished, but is still there`,
    ],
    [
      'an agent twice',
      ({ agents }) => (agents as string[]).push('runner_0'),
      `${at(2, 'runner_0')}agents: the name occurs twice`,
    ],
    [
      'an agent who cannot be',
      ({ agents }) => (agents as string[]).push('walker_0'),
      `${at(2, 'walker_0')}agents: the name is not among possibleAgents`,
    ],
    [
      'an agent who comes unseen',
      ({ agents }) => (agents as string[]).push('runner_2'),
      `${at(3, 'runner_2')}observation: expected an object, got undefined`,
    ],
    [
      'a reward for who has only come',
      ({ agents, observations, rewards }) => {
        (agents as string[]).push('runner_2');
        observations.runner_2 = observations.runner_0;
        rewards.runner_2 = 1;
      },
      `${at(2, 'runner_2')}rewards: it has only come, got 1`,
    ],
    [
      'one agent more than there are rows',
      ({ agents, observations }) => {
        (agents as string[]).push('runner_2');
        observations.runner_2 = observations.runner_0;
      },
      `${at(2, 'runner_2')}agents: there is no row for it: maxAgents.runner is 2, and who has just finished counts for a step`,
      { maxAgents: { runner: 2 } },
    ],
    ...(['observations', 'rewards', 'terminations', 'truncations'] as const).map(
      (name): [string, Spoil, string] => [
        `${name} for who is not there`,
        (result) => Object.assign(result[name], { runner_2: 0 }),
        `${at(2, 'runner_2')}${name}: expected nothing for an agent who is not there`,
      ],
    ),
    [
      'a value for who cannot be',
      ({ rewards }) => Object.assign(rewards, { toString: 0 }),
      `${at(2, 'toString')}agents: the name is not among possibleAgents`,
    ],
    [
      'four things',
      (result) => Object.assign(result, { instead: [{}, {}, {}, {}] }),
      `${at(2)}step: expected [observations, rewards, terminations, truncations, infos], got an array of 4`,
    ],
    [
      'a number',
      (result) => Object.assign(result, { instead: 0 }),
      `${at(2)}step: expected [observations, rewards, terminations, truncations, infos], got number`,
    ],
    [
      'rewards in an array',
      (result) => Object.assign(result, { rewards: [1, 1] }),
      `${at(2)}rewards: expected an object with the agents' names, got an array`,
    ],
    [
      'no agents',
      (result) => Object.assign(result, { agents: undefined }),
      `${at(2)}agents: expected an array of names, got undefined`,
    ],
  ];
  for (const [what, spoil, message, options] of cases) {
    it(`names ${what}`, () => {
      for (const autoreset of modes) {
        assert.throws(() => run(race(spoil, options), autoreset), { name: 'EnvError', message });
      }
    });
  }

  const starts: [what: string, agents: string[], seen: string[], problem: string][] = [
    ['nobody', [], [], 'step 0: agents: expected one at least, got none'],
    [
      'an agent twice',
      ['runner_0', 'runner_0'],
      ['runner_0'],
      'agent runner_0, step 0: agents: the name occurs twice',
    ],
    [
      'an agent who cannot be',
      ['walker_0'],
      ['walker_0'],
      'agent walker_0, step 0: agents: the name is not among possibleAgents',
    ],
    [
      'an agent unseen',
      ['runner_0'],
      [],
      'agent runner_0, step 0: observation: expected an object, got undefined',
    ],
    [
      'who is not there',
      ['runner_1'],
      ['runner_0', 'runner_1'],
      'agent runner_0, step 0: observations: expected nothing for an agent who is not there',
    ],
  ];
  for (const [what, agents, seen, problem] of starts) {
    it(`names ${what} when it is reset`, () => {
      const observations = Object.fromEntries(seen.map((name) => [name, { clock: [0, 0] }]));
      const create = () => Object.assign(new Runners(() => {}), { reset: () => [observations, {}], agents });
      const env = emulate({ id: 'Race-v0', create: create as () => Runners });
      const message = `Race-v0, env 0, ${problem}`;
      assert.throws(() => run(env, 'NEXT_STEP', 0), { name: 'EnvError', message });
    });
  }

  it('lets an agent come again only if that is agreed, and then in its row', () => {
    const spoil: Spoil = ({ terminations }) => Object.assign(terminations, { runner_1: true });
    const back = (env: Runners) => {
      const step = env.step.bind(env);
      env.step = () => {
        const result = step();
        if (env.clock === 3) env.agents = ['runner_0'];
        if (env.clock < 5) return result;
        env.agents = ['runner_0', 'runner_1'];
        return [env.each({ clock: [5, 5] }), ...result.slice(1)] as never;
      };
      return env;
    };
    const again = (reappear: boolean) =>
      emulate({ id: 'Race-v0', create: () => back(new Runners(spoil)), reappear, maxAgents: { runner: 2 } });
    const message =
      'Race-v0, env 0, agent runner_1, step 4: agents: it has finished, and may not come again unless reappear is set';
    assert.throws(() => run(again(false), 'NEXT_STEP', 5), { name: 'EnvError', message });
    const [{ observations, masks, rewards }] = run(again(true), 'NEXT_STEP', 5).groups;
    assert.deepEqual([...observations], [5, 5, 5, 5, 5, 5, 5, 5]);
    assert.deepEqual([...masks, ...rewards], [1, 0, 1, 0, 1, 0, 1, 0]);
  });
});

describe('StructuredEnvs, when an env throws', () => {
  const cause = new Error('the floor is lava');
  const thrower = () => {
    throw cause;
  };
  const cases: [method: string, step: number, spoil: (env: Runners) => unknown][] = [
    ['step', 2, (env) => Object.assign(env, { spoil: thrower })],
    ['reset', 0, (env) => Object.assign(env, { reset: thrower })],
    ['actionMask', 0, (env) => Object.assign(env, { actionMask: thrower })],
    ['close', 3, (env) => Object.assign(env, { close: thrower })],
  ];
  for (const [method, step, spoil] of cases) {
    it(`says where in ${method}, and keeps the cause`, () => {
      const made: Runners[] = [];
      const create = () => {
        const env = new Runners(() => {});
        if (method === 'actionMask') Object.assign(env, { actionMask: () => [1, 1] });
        if (made.push(env) === 3) spoil(env);
        return env;
      };
      const message = `Race-v0, env 1, step ${step}: the floor is lava`;
      const vector = () => run(emulate({ id: 'Race-v0', create }), 'NEXT_STEP', 3).close();
      assert.throws(vector, { name: 'EnvError', message, cause });
      // Those that were made are given back, though one of them throws.
      if (method === 'reset' || method === 'close')
        assert.deepEqual([made[0].closed, made[1].closed], [1, 1]);
    });
  }

  it('says which could not be created, and closes the others', () => {
    const made: Runners[] = [];
    const create = () => {
      if (made.length === 2) throw cause;
      made.push(new Runners(() => {}));
      return made[made.length - 1];
    };
    const message = 'Race-v0, env 1, step 0: the floor is lava';
    assert.throws(() => run(emulate({ id: 'Race-v0', create })), { name: 'EnvError', message, cause });
    assert.equal(made[1].closed, 1);
  });
});

/** Shows its clock; what a step returns at 3 is replaced. */
class Clock implements GymnasiumEnv {
  readonly observationSpace = box(0, 10, []);
  readonly actionSpace = multiDiscrete([2, 3]);
  readonly #instead: unknown;
  clock = 0;

  constructor(instead: unknown) {
    this.#instead = instead;
  }

  reset() {
    this.clock = 0;
    return [0, {}] as const;
  }

  step() {
    this.clock++;
    return (this.clock === 3 ? this.#instead : [this.clock, 1, false, false, {}]) as never;
  }

  actionMask(): (number | boolean)[][] {
    return [
      [1, 0],
      [1, 1, 1],
    ];
  }
}

describe('StructuredEnvs, when an env with one agent breaks its contract', () => {
  const cases: [what: string, instead: unknown, message: string][] = [
    [
      'old Gym',
      [0, 1, false, {}],
      'step 2: step: expected [observation, reward, terminated, truncated, info], got an array of 4',
    ],
    [
      'a promise',
      Promise.resolve(),
      'step 2: step: expected [observation, reward, terminated, truncated, info], got object',
    ],
    [
      'an observation',
      [11, 1, false, false, {}],
      'step 3: observation: expected a finite number in [0, 10], got 11',
    ],
    ['a reward', [3, undefined, false, false, {}], 'step 2: reward: expected a finite number, got undefined'],
    ['a flag', [3, 1, 0, false, {}], 'step 2: termination: expected true or false, got 0'],
  ];
  for (const [what, instead, problem] of cases) {
    it(`names ${what}, and no agent`, () => {
      const clock = emulate({ id: 'Clock-v0', create: () => new Clock(instead) });
      assert.throws(() => run(clock, 'NEXT_STEP', 4, 0), {
        name: 'EnvError',
        message: `Clock-v0, env 0, ${problem}`,
      });
    });
  }

  it('refuses what reset returns', () => {
    const create = () => Object.assign(new Clock(0), { reset: () => 0 as never });
    const message = 'Clock-v0, env 0, step 0: reset: expected [observation, info], got number';
    assert.throws(() => run(emulate({ id: 'Clock-v0', create })), { name: 'EnvError', message });
  });

  it('refuses a mask that allows nothing', () => {
    const create = () =>
      Object.assign(new Clock(0), {
        actionMask: () => [
          [0, 0],
          [1, 1, 1],
        ],
      });
    const message = /^Clock-v0, env 0, step 0: actionMask\[0\]: expected/;
    assert.throws(() => run(emulate({ id: 'Clock-v0', create })), { name: 'EnvError', message });
  });
});

describe('StructuredEnvs, told nonsense', () => {
  const clock = () =>
    vectorize(emulate({ id: 'Clock-v0', create: () => new Clock(0) }), { numEnvs: 2, seed: 0 });

  it('refuses actions that are forbidden or none, before anything has happened', () => {
    const forbidden: [number[], string][] = [
      [[0, 0, 1, 0], 'action[0]: the action mask forbids 1'],
      [[0, 0, 0, 3], 'action[1]: expected an integer in [0, 3), got 3'],
    ];
    for (const [actions, problem] of forbidden) {
      const envs = clock();
      envs.groups[0].actions.set(actions);
      assert.throws(() => envs.advance(), {
        name: 'EnvError',
        message: `Clock-v0, env 1, step 0: ${problem}`,
      });
      assert.deepEqual([envs.t, envs.steps, [...envs.groups[0].observations]], [0, 0, [0, 0]]);
    }
  });

  it('refuses to go on after it was closed', () => {
    const envs = clock();
    envs.close();
    envs.close();
    assert.throws(() => envs.advance(), /Clock-v0 are closed/);
  });

  it('refuses an env with other agents than the one that was looked at', () => {
    let created = 0;
    const create = () => {
      const possibleAgents = created++ < 2 ? ['runner_0', 'runner_1'] : ['runner_0', 'runner_2'];
      return Object.assign(new Runners(() => {}), { possibleAgents });
    };
    const message = 'emulate Race-v0: expected every env to have the agents runner_0, runner_1';
    assert.throws(() => run(emulate({ id: 'Race-v0', create })), { name: 'TypeError', message });
  });

  it('refuses an env that is created twice', () => {
    const only = new Clock(0);
    const shared = emulate({ id: 'Clock-v0', create: () => only });
    assert.throws(() => run(shared), {
      name: 'TypeError',
      message: /create must make a new env at every call/,
    });
  });
});
