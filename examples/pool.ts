/**
 * Worlds whose steps take unequal times: those that are ready are answered, the others wait for none. Run it with
 * `npx tsx examples/pool.ts`.
 */

import { infer, loadPoolAgent, openPool, openRun, ppo, recv, resource, send } from 'pufferflow';
import { cartPole } from 'pufferflow/envs';
import { finalize, lastValueFrom, take, tap } from 'rxjs';

const run = await openRun(cartPole, ppo, { totalSteps: 20_000, numEnvs: 16 });
await lastValueFrom(run.metrics);
const agent = loadPoolAgent(run.save(), { batchSize: 8 });

let episodes = 0;
resource(
  () => openPool(cartPole, { numEnvs: 32, batchSize: 8, workers: 2, seed: 1 }),
  (pool) => pool.close(),
  (pool) =>
    recv(pool).pipe(
      tap(({ terminations, truncations }) => {
        for (let row = 0; row < 8; row++) episodes += terminations[row] + truncations[row];
      }),
      infer(agent),
      send(pool),
      take(5000),
    ),
)
  .pipe(finalize(() => console.log(`${episodes} episodes in 40000 steps`)))
  .subscribe();
