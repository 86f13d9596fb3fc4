import assert from 'node:assert/strict';
import { map, take } from 'rxjs';
import { configure } from '../../lib/config.ts';
import type { Envs, Form, Scores } from '../../lib/nouns.ts';
import type { Grouped, Losses, Transition } from '../../lib/records.ts';
import { answer } from '../../operators/answer.ts';
import { infer, metrics, observe, stepEnv, update } from '../../operators/index.ts';
import { ppo, ppoSchema } from '../../pipelines/ppo.ts';
import {
  CountingAgent,
  CountingEnvs,
  CountingLearner,
  CountingReplay,
  countingRing,
  type Habits,
} from '../fakes/counting.ts';
import { describeGraph, type GraphSubject, graphLaws } from '../laws/graphLaws.ts';

function ppoSubject(habits: Habits): GraphSubject {
  const envs = new CountingEnvs(habits);
  const agent = new CountingAgent(habits);
  const learner = new CountingLearner(habits);
  const ring = countingRing(habits);
  const config = configure(ppoSchema, { numMinibatches: 2, updateEpochs: 2 });
  return {
    graph: ppo.graph({ envs, kinds: { agent: { agent, ring, learner } }, config }),
    envs,
    agent,
    save: () => ({ t: envs.t, agent: agent.save(), updates: learner.updates, digest: learner.digest }),
    load(saved) {
      const {
        t,
        agent: state,
        updates,
        digest,
      } = saved as ReturnType<typeof this.save> & {
        t: number;
        agent: ReturnType<CountingAgent['save']>;
        updates: number;
        digest: number;
      };
      envs.t = t;
      agent.load(state);
      learner.updates = updates;
      learner.digest = digest;
    },
    // The ring has one slot: it can be begun only if it was given back.
    assertClosed: () => {
      assert.equal(envs.turn.isOpen, true);
      const { at } = habits;
      if (!at) ring.begin().abandon();
    },
  };
}

/** The same in a world of two kinds of agents, which see and get the same. */
function twoKindsSubject(habits: Habits): GraphSubject {
  const envs = new CountingEnvs(habits);
  const kinds = Object.fromEntries(
    ['a', 'b'].map((kind) => {
      const agent = new CountingAgent(habits);
      return [kind, { agent, learner: new CountingLearner(habits), ring: countingRing(habits) }];
    }),
  );
  const both = (transition: Transition): Grouped<Transition> => ({
    kind: 'transition',
    groups: { a: transition, b: { ...transition } },
  });
  const grouped: Envs<'kinds'> & Scores = {
    turn: envs.turn,
    get scores() {
      return envs.scores;
    },
    observe() {
      const observation = envs.observe();
      return { kind: 'observation', groups: { a: observation, b: observation } };
    },
    step({ groups }) {
      assert.equal(groups.a.t, groups.b.t);
      const transition = envs.step(groups.a);
      return transition instanceof Promise ? transition.then(both) : both(transition);
    },
  };
  const config = configure(ppoSchema, { numMinibatches: 2, updateEpochs: 2 });
  const nouns = Object.values(kinds);
  return {
    graph: ppo.graph({ envs: grouped as unknown as Envs<Form> & Scores, kinds, config }),
    envs,
    agent: kinds.a.agent,
    save: () => ({
      t: envs.t,
      kinds: nouns.map(({ agent, learner: { updates, digest } }) => ({
        agent: agent.save(),
        updates,
        digest,
      })),
    }),
    load(saved) {
      const state = saved as ReturnType<typeof this.save> & {
        t: number;
        kinds: { agent: ReturnType<CountingAgent['save']>; updates: number; digest: number }[];
      };
      envs.t = state.t;
      for (const [k, { agent, learner }] of nouns.entries()) {
        agent.load(state.kinds[k].agent);
        learner.updates = state.kinds[k].updates;
        learner.digest = state.kinds[k].digest;
      }
    },
    assertClosed: () => {
      assert.equal(envs.turn.isOpen, true);
      if (!habits.at) for (const { ring } of nouns) ring.begin().abandon();
    },
  };
}

/** SAC's form: one env step, then some updates, is an iteration. */
function sacSubject(habits: Habits): GraphSubject {
  const envs = new CountingEnvs(habits);
  const agent = new CountingAgent(habits);
  const replay = new CountingReplay(habits);
  const learned = { updates: 0 };
  const graph = observe(envs).pipe(
    infer(agent),
    stepEnv(envs),
    map((transition) => replay.store(transition)),
    take(1),
    update(
      function* ({ seen }) {
        for (let draw = 0; draw < 2; draw++) {
          const losses: Losses = yield { seen, before: seen.join() };
          assert.equal(typeof losses.loss, 'number');
        }
      },
      answer(({ seen, before }) => {
        habits.at?.('update');
        const learn = () => {
          assert.equal(seen.join(), before);
          return { loss: ++learned.updates };
        };
        return habits.late.learner ? Promise.resolve().then(learn) : learn();
      }),
    ),
    metrics(envs),
  );
  return {
    graph,
    envs,
    agent,
    save: () => ({ t: envs.t, agent: agent.save(), updates: learned.updates, stored: replay.stored }),
    load(saved) {
      const state = saved as {
        t: number;
        agent: ReturnType<CountingAgent['save']>;
        updates: number;
        stored: number;
      };
      envs.t = state.t;
      agent.load(state.agent);
      learned.updates = state.updates;
      replay.stored = state.stored;
    },
    assertClosed: () => assert.equal(envs.turn.isOpen, true),
  };
}

const ppoStages = ['observe', 'infer', 'step', 'collect', 'value', 'update'] as const;
const sacStages = ['observe', 'infer', 'step', 'collect', 'update'] as const;

describeGraph({
  name: 'synchronous PPO',
  late: {},
  stepsPerIteration: 4,
  stages: ppoStages,
  build: ppoSubject,
});
describeGraph({
  name: 'PPO with asynchronous inference and optimizer',
  late: { agent: true, learner: true },
  stepsPerIteration: 4,
  stages: ppoStages,
  build: ppoSubject,
});
describeGraph({
  name: 'PPO with everything asynchronous',
  late: { envs: true, agent: true, learner: true },
  stepsPerIteration: 4,
  stages: ppoStages,
  build: ppoSubject,
});
describeGraph({
  name: 'a recurrent agent',
  late: { agent: true },
  recurrent: true,
  stepsPerIteration: 4,
  stages: ppoStages,
  build: ppoSubject,
});
describeGraph({
  name: 'SAC, synchronous',
  late: {},
  stepsPerIteration: 1,
  stages: sacStages,
  build: sacSubject,
});
describeGraph({
  name: 'SAC, asynchronous',
  late: { envs: true, agent: true, learner: true },
  stepsPerIteration: 1,
  stages: sacStages,
  build: sacSubject,
});
describeGraph({
  name: 'PPO for two kinds of agents',
  late: {},
  stepsPerIteration: 4,
  stages: ppoStages,
  build: twoKindsSubject,
});
describeGraph(
  {
    name: 'PPO for two kinds of agents, with everything asynchronous',
    late: { envs: true, agent: true, learner: true },
    stepsPerIteration: 4,
    stages: ppoStages,
    build: twoKindsSubject,
  },
  { only: graphLaws.map(({ name }) => name).filter((name) => name !== 'flat') },
);
