import type { ColumnarEnv } from '../../lib/env/env.ts';
import type { SerialEnvs } from '../../lib/env/serialEnvs.ts';
import { vectorize } from '../../lib/env/vectorize.ts';

type Policy = (envs: SerialEnvs, world: number) => number;

/** Plays the first episode of each world by a policy; their returns, and how they ended. */
export function play(env: ColumnarEnv, worlds: number, policy: Policy, params?: Record<string, number>) {
  const envs = vectorize(env, { numEnvs: worlds, seed: 1, params });
  const returns = new Float64Array(worlds);
  const lengths = new Int32Array(worlds);
  let truncated = 0;
  const playing = new Set(returns.keys());
  while (playing.size > 0) {
    for (let i = 0; i < worlds; i++) envs.actions[i] = policy(envs, i);
    envs.advance();
    for (const i of playing) {
      returns[i] += envs.rewards[i];
      lengths[i]++;
      if (!(envs.terminations[i] || envs.truncations[i])) continue;
      truncated += envs.truncations[i];
      playing.delete(i);
    }
  }
  return { returns, lengths, truncated, meanReturn: returns.reduce((a, b) => a + b) / worlds };
}
