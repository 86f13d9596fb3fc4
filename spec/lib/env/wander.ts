import { defineEnv } from '../../../lib/env/env.ts';
import type { SerialEnvs } from '../../../lib/env/serialEnvs.ts';
import type { Decision, Transition } from '../../../lib/records.ts';
import { box } from '../../../lib/space/box.ts';
import { discrete } from '../../../lib/space/discrete.ts';

/** A random walk with columns of several types, which draws numbers in reset and in step, and ends in both ways. */
export const wander = defineEnv({
  id: 'Wander-v0',
  observation: box(-100, 100, [3]),
  action: discrete(3),
  maxEpisodeSteps: 12,
  params: { drag: 0.5, reach: 3 },
  state: { x: 'f64', speed: 'f32', far: 'u8', path: ['i32', 2] },
  reset({ state: { x, speed, far, path }, rng }, i) {
    x[i] = rng.uniform(i, -1, 1);
    speed[i] = 0;
    far[i] = 0;
    path[2 * i] = 0;
    path[2 * i + 1] = rng.integer(i, 0, 5);
  },
  step({ state: { x, speed, far, path }, params, actions, rewards, terminations, rng }, from, to) {
    for (let i = from; i < to; i++) {
      speed[i] = params.drag[i] * speed[i] + actions[i] - 1 + rng.uniform(i, -0.5, 0.5);
      x[i] += speed[i];
      far[i] += +(Math.abs(x[i]) > params.reach[i]);
      path[2 * i] += actions[i];
      rewards[i] = x[i] - path[2 * i + 1];
      terminations[i] = +(far[i] >= 2);
    }
  },
  observe({ state: { x, speed, far }, observations }, from, to) {
    for (let i = from; i < to; i++) {
      observations[3 * i] = x[i];
      observations[3 * i + 1] = speed[i];
      observations[3 * i + 2] = far[i];
    }
  },
});

export type Policy = (x: number, row: number, t: number) => number;

/** An action that depends on what is seen and on nothing else. */
export const byObservation: Policy = (x) => Math.floor(Math.abs(x) * 1000) % 3;

/** Steps the envs; every transition is copied. */
export function play(envs: SerialEnvs, steps: number, policy: Policy = byObservation): Transition[] {
  return Array.from({ length: steps }, () => {
    const { t, observations } = envs.observe();
    const size = envs.env.observation.size;
    const actions = Int32Array.from({ length: envs.numEnvs }, (_, i) => policy(observations[size * i], i, t));
    const seen = observations.slice();
    const none = new Float32Array(envs.numEnvs);
    const decision: Decision = {
      kind: 'decision',
      t,
      observations: seen,
      actions,
      logProbs: none,
      values: none,
    };
    return copied(envs.step(decision));
  });
}

// structuredClone would share what lies in shared memory.
function copied(transition: Transition): Transition {
  const entries = Object.entries(transition).map(([name, value]) => [
    name,
    ArrayBuffer.isView(value) ? (value as Float32Array).slice() : value,
  ]);
  const copy: Transition = Object.fromEntries(entries);
  const { finalObservations: final, terminations, truncations } = copy;
  // Rows whose episode goes on have none: what an earlier one left there is not part of the transition.
  for (const [i, flag] of terminations.entries())
    if (final && !flag && !truncations[i])
      final.fill(0, (i * final.length) / truncations.length, ((i + 1) * final.length) / truncations.length);
  return copy;
}
