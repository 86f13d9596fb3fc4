import assert from 'node:assert/strict';
import { lastValueFrom } from 'rxjs';
import type { AnyEnv } from '../../lib/env/env.ts';
import { ppo } from '../../pipelines/ppo.ts';
import { train } from '../../pipelines/train.ts';
import { tuned } from '../../pipelines/tuned.ts';

/** Asserts that PPO, as it is tuned for the env, ends above its threshold. */
export async function assertLearnt(env: AnyEnv): Promise<void> {
  const config = tuned[env.id].ppo;
  assert.ok(config);
  const { episodeReturn } = await lastValueFrom(train(env, ppo, config));
  assert.ok(episodeReturn >= env.threshold!, `a mean return of ${episodeReturn}`);
}
