import assert from 'node:assert/strict';
import type { AnyEnv } from '../../lib/env/env.ts';
import { loadState, saveState } from '../../lib/env/saveState.ts';
import type { RowGroup, VectorEnvs } from '../../lib/env/vectorEnvs.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { layout } from '../../lib/space/layout.ts';
import type { Infer, Space } from '../../lib/space/space.ts';

/** The indices of the choices of whoever is in a row, by what is seen there. */
export type Policy = (seen: never, group: RowGroup, row: number) => readonly number[];

/** Plays 200 steps of 20 worlds by a policy; the returns of all episodes of agents, by their kinds, and the last step. */
export function playStructured(env: AnyEnv, seed: number, policy: Policy, watch = (_: VectorEnvs) => {}) {
  const envs = vectorize(env, { numEnvs: 20, seed });
  const sums = envs.groups.map(({ rows }) => new Float64Array(rows));
  const returns: Record<string, number[]> = Object.fromEntries(envs.groups.map(({ kind }) => [kind, []]));
  for (let t = 0; t < 200; t++) {
    for (const group of envs.groups) {
      const { unpack } = layout(group.observation);
      const width = group.actions.length / group.rows;
      for (let row = 0; row < group.rows; row++) {
        const seen = unpack(group.observations, row) as Infer<Space> as never;
        group.actions.set(policy(seen, group, row), row * width);
      }
    }
    envs.advance();
    watch(envs);
    for (const [g, { kind, rows, rewards, masks, terminations, truncations }] of envs.groups.entries()) {
      for (let row = 0; row < rows; row++) {
        sums[g][row] = masks[row] ? sums[g][row] + rewards[row] : 0;
        if (!terminations[row] && !truncations[row]) continue;
        returns[kind].push(sums[g][row]);
        sums[g][row] = 0;
      }
    }
  }
  return returns;
}

/** Asserts that every agent's episode paid this much. */
export function assertReturns(returns: readonly number[], expected: number): void {
  assert.ok(returns.length > 50);
  for (const sum of returns) assert.ok(Math.abs(sum - expected) < 1e-6, `${sum} instead of ${expected}`);
}

/** Asserts that equal seeds give equal worlds, other seeds others, and that a saved state goes on as it would have. */
export function assertDeterministic(env: AnyEnv): void {
  const open = (seed: number) => vectorize(env, { numEnvs: 3, seed });
  const act = (envs: VectorEnvs, steps: number) => {
    for (let t = 0; t < steps; t++) {
      for (const { actions } of envs.groups)
        for (let i = 0; i < actions.length; i++) actions[i] = (envs.t + i) % 2;
      envs.advance();
    }
    return saveState(envs);
  };
  const [envs, twin, other] = [open(4), open(4), open(5)];
  const half = act(envs, 13);
  assert.deepEqual(half, act(twin, 13));
  assert.notDeepEqual(half, act(other, 13));
  const whole = act(envs, 30);
  loadState(other, half);
  assert.deepEqual(act(other, 30), whole);
}
