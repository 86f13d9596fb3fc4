import type { ColumnarEnv } from '../../../lib/env/env.ts';
import { EnvError } from '../../../lib/errors.ts';
import { layout } from '../../../lib/space/layout.ts';
import { Breach } from '../breach.ts';
import { law } from '../law.ts';
import type { Log } from '../log.ts';
import { type CutPlay, cutPlays } from '../plays.ts';
import type { Frame } from '../story.ts';
import { textOf } from '../textOf.ts';
import { UNWRITTEN } from './columnWorlds.ts';
import { playColumns } from './playColumns.ts';

const cases = (_: ColumnarEnv, bounds: { steps: number }) => cutPlays(bounds);

export const plays = law<ColumnarEnv, CutPlay>({
  name: 'plays',
  says: 'Nothing that is allowed makes it throw.',
  cases,
  holds(env, play, log) {
    try {
      playColumns(env, play, { log });
    } catch (error) {
      if (error instanceof EnvError) throw new Breach({ step: error.step, world: error.row }, textOf(error));
      throw error;
    }
  },
});

export const observations = law<ColumnarEnv, CutPlay>({
  name: 'observations',
  says: 'Every observation is in its space.',
  cases,
  holds(env, play, log) {
    const { unpack } = layout(env.observation);
    each(env, play, log, ({ observation }) =>
      env.observation.problem(unpack(observation as Float32Array, 0), 'observation'),
    );
  },
});

export const rewards = law<ColumnarEnv, CutPlay>({
  name: 'rewards',
  says: 'A step writes the reward of each of its rows, a finite number.',
  cases,
  holds(env, play, log) {
    each(env, play, log, ({ reward = 0 }) => {
      if (reward === UNWRITTEN.reward) return 'reward: step has not written it';
      return Number.isFinite(reward) ? undefined : `reward: expected a finite number, got ${reward}`;
    });
  },
});

export const terminations = law<ColumnarEnv, CutPlay>({
  name: 'terminations',
  says: 'A step writes the termination of each of its rows, 0 or 1.',
  cases,
  holds(env, play, log) {
    each(env, play, log, ({ termination = 0 }) => {
      if (termination === UNWRITTEN.termination) return 'termination: step has not written it';
      const flag = termination === 0 || termination === 1;
      return flag ? undefined : `termination: expected 0 or 1, got ${termination}`;
    });
  },
});

/** Asks of each row's frames what is wrong with them. */
function each(
  env: ColumnarEnv,
  play: CutPlay,
  log: Log,
  problemOf: (frame: Frame) => string | undefined,
): void {
  const story = playColumns(env, play, { log });
  const { agents = 1 } = env;
  for (let step = 0; step <= play.steps; step++) {
    for (const [world, frames] of story.entries()) {
      for (let agent = 0; agent < agents; agent++) {
        const frame = frames[step];
        const problem = problemOf(agents > 1 ? (frame.agent as readonly Frame[])[agent] : frame);
        if (problem) throw new Breach({ step, world }, agents > 1 ? `agent[${agent}].${problem}` : problem);
      }
    }
  }
}
