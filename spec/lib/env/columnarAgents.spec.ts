import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defineEnv } from '../../../lib/env/env.ts';
import { loadState, saveState } from '../../../lib/env/saveState.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import type { Autoreset } from '../../../lib/env/vectorOptions.ts';
import { evaluate } from '../../../lib/evaluate.ts';
import { Random } from '../../../lib/random.ts';
import { climbers } from '../../broken/columnar/climbers.ts';
import { randomAgent } from '../agent.ts';
import { act, cameOf, choose } from './act.ts';

const AGENTS = 3;
const LIMIT = 5;
const limited = defineEnv({ ...climbers, maxEpisodeSteps: LIMIT });

/** A world of climbers as one would play it by hand. */
class Model {
  readonly mode: Autoreset;
  readonly agents = [0, 1, 0].map((rung) => ({ rung, steps: 0, sum: 0, over: false }));
  readonly ended: { return: number; length: number; rung: number }[] = [];
  births = AGENTS;

  constructor(mode: Autoreset) {
    this.mode = mode;
  }

  /** What came of a step, agent by agent. */
  step(actions: readonly number[]) {
    const came = this.agents.map((agent, i) => {
      if (agent.over) {
        this.#begin(i);
        return [0, 0, 0, 0];
      }
      agent.rung += actions[i];
      agent.steps++;
      agent.sum += actions[i];
      const ends = [+(agent.rung === 4), +(agent.steps === LIMIT)];
      agent.over = ends.includes(1);
      if (agent.over) this.ended.push({ return: agent.sum, length: agent.steps, rung: agent.rung });
      return [actions[i], ...ends, 1];
    });
    const last = this.agents.map(({ over }, i) => (over ? this.seen(i) : undefined));
    if (this.mode === 'SAME_STEP')
      for (const [i, { over }] of this.agents.entries()) if (over) this.#begin(i);
    return { came, last };
  }

  seen(i: number) {
    return [this.agents[i].rung, this.agents[(i + 1) % AGENTS].rung, this.births];
  }

  allowed(i: number) {
    const { rung, over } = this.agents[i];
    return [0, 1, 2].map((c) => +(over || rung + c <= 4));
  }

  #begin(i: number) {
    this.agents[i] = { rung: this.births++ % 2, steps: 0, sum: 0, over: false };
  }
}

const modes = fc.constantFrom<Autoreset>('NEXT_STEP', 'SAME_STEP');

describe('columnar worlds of several agents', () => {
  it('let agents die and come anew one by one, as a plain model does', () => {
    fc.assert(
      // More than 42 worlds are several blocks.
      fc.property(modes, fc.integer({ min: 1, max: 60 }), fc.nat(), (autoreset, numEnvs, seed) => {
        const envs = vectorize(limited, { numEnvs, seed, autoreset });
        const models = Array.from({ length: numEnvs }, () => new Model(autoreset));
        const random = new Random(seed);
        let steps = 0;
        const rows = Array.from({ length: numEnvs * AGENTS }, (_, row) => {
          return { row, model: models[Math.floor(row / AGENTS)], agent: row % AGENTS };
        });
        for (let t = 0; t < 25; t++) {
          for (const { row, model, agent } of rows) {
            assert.deepEqual([...envs.observations.subarray(3 * row, 3 * row + 3)], model.seen(agent));
            assert.deepEqual([...(envs.actionMasks ?? []).slice(3 * row, 3 * row + 3)], model.allowed(agent));
          }
          choose(envs, random);
          const told = [...envs.actions];
          envs.advance();
          for (const [world, model] of models.entries()) {
            const first = world * AGENTS;
            const { came, last } = model.step(told.slice(first, first + AGENTS));
            for (const [agent, expected] of came.entries()) {
              const row = first + agent;
              const { rewards, terminations, truncations, masks, finalObservations } = envs;
              assert.deepEqual(
                [rewards, terminations, truncations, masks].map((of) => of[row]),
                expected,
              );
              steps += masks[row];
              const final = last[agent];
              if (final && finalObservations)
                assert.deepEqual([...finalObservations.subarray(3 * row, 3 * row + 3)], final);
            }
          }
          assert.ok(!envs.ended.includes(1), 'the worlds go on');
        }
        const ended = models.flatMap((model) => model.ended);
        assert.equal(envs.steps, steps);
        assert.equal(envs.scores.episodes, ended.length);
        if (ended.length > 100) return;
        const mean = (of: 'return' | 'length' | 'rung') =>
          ended.reduce((sum, episode) => sum + episode[of], 0) / ended.length;
        const { episodeReturn, episodeLength, episodeScores } = envs.scores;
        const means = [episodeReturn, episodeLength, episodeScores?.rung];
        for (const [k, of] of (['return', 'length', 'rung'] as const).entries())
          assert.ok(Math.abs((means[k] as number) - mean(of)) < 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it('show the others in their last observations as they were, before anybody came anew', () => {
    // On rungs 0, 1, 0; all climb by 2, then 0 and 2 reach the top while 1 stands on rung 3.
    const play = (autoreset: Autoreset) => {
      const envs = vectorize(climbers, { numEnvs: 1, seed: 0, autoreset });
      for (const actions of [
        [2, 2, 2],
        [2, 0, 2],
      ]) {
        envs.actions.set(actions);
        envs.advance();
      }
      return envs;
    };
    const same = play('SAME_STEP');
    assert.deepEqual([...same.terminations], [1, 0, 1]);
    const final = [...(same.finalObservations ?? [])];
    assert.deepEqual(
      [final.slice(0, 3), final.slice(6)],
      [
        [4, 3, 3],
        [4, 4, 3],
      ],
    );
    // 0 is the fourth to begin, on rung 1, and 2 the fifth, on rung 0.
    assert.deepEqual([...same.observations], [1, 3, 5, 3, 0, 5, 0, 1, 5]);
    const next = play('NEXT_STEP');
    assert.deepEqual([...next.observations], [4, 3, 3, 3, 4, 3, 4, 4, 3]);
    next.actions.set([2, 1, 2]);
    next.advance();
    assert.deepEqual([...next.masks], [0, 1, 0]);
    assert.deepEqual([...next.rewards], [0, 1, 0]);
    assert.deepEqual([...next.observations], [1, 4, 5, 4, 0, 5, 0, 1, 5]);
  });

  it('are evaluated by the first episodes of agents', () => {
    // Each climbs a rung a step: from 0, 1 and 0 it takes 4, 3 and 4 steps.
    const stairs = defineEnv({
      ...climbers,
      actionMask({ actionMasks }, from, to) {
        for (let row = AGENTS * from; row < AGENTS * to; row++) actionMasks.set([0, 1, 0], 3 * row);
      },
    });
    const file = randomAgent(stairs, 3);
    const whole = evaluate(stairs, file, { episodes: 4, seed: 0 });
    assert.deepEqual(
      [whole.meanReturn, whole.meanLength, whole.meanScores.rung, whole.cut],
      [3.75, 3.75, 4, 0],
    );
    const short = evaluate(stairs, file, { episodes: 4, seed: 0, maxSteps: 3 });
    assert.deepEqual([short.meanReturn, short.cut], [3, 3]);
  });

  it('go on from a copy of a world and from a file, with some agents at their end', () => {
    fc.assert(
      fc.property(modes, fc.nat(), fc.integer({ min: 1, max: 12 }), (autoreset, seed, steps) => {
        const open = () => vectorize(limited, { numEnvs: 50, seed, autoreset });
        const envs = open();
        act(envs, steps, seed);
        envs.fork(0, [49, 7]);
        const loaded = open();
        loadState(loaded, saveState(envs));
        for (let t = 0; t < 8; t++) {
          choose(envs, new Random(seed + t));
          for (const world of [7, 49]) envs.actions.copyWithin(AGENTS * world, 0, AGENTS);
          loaded.actions.set(envs.actions);
          envs.advance();
          loaded.advance();
          assert.deepEqual(cameOf(loaded), cameOf(envs));
          const { observations, rewards, terminations, truncations, masks } = envs;
          for (const column of [observations, rewards, terminations, truncations, masks]) {
            const width = column.length / 50;
            for (const world of [7, 49])
              assert.deepEqual(column.slice(world * width, (world + 1) * width), column.slice(0, width));
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('refuse a file in which a world has ended', () => {
    const envs = vectorize(climbers, { numEnvs: 2, seed: 0 });
    const saved = envs.save();
    saved.tensors.ended.data[1] = 1;
    assert.throws(() => envs.load(saved), {
      name: 'CheckpointError',
      message: /envs\.ended\[1\]: expected 0, .*, got 1/,
    });
  });

  it('name the agent that is told what it may not do', () => {
    const envs = vectorize(climbers, { numEnvs: 2, seed: 0 });
    envs.actions.set([2, 2, 2, 2, 2, 2]);
    envs.advance();
    envs.actions.set([0, 0, 0, 0, 2, 0]);
    assert.throws(() => envs.advance(), {
      name: 'EnvError',
      message: /^Climbers-v0, env 1, agent agent_1, step 1: .*action mask forbids 2/,
    });
  });
});
