/** Trains on CartPole, saves, and plays one episode with nothing but the file. Run it with `npx tsx examples/play.ts`. */

import { cartPoleZoo, loadAgent, openRun, ppo, vectorize } from 'pufferflow';
import { cartPole } from 'pufferflow/envs';

const run = await openRun(cartPole, ppo, { ...cartPoleZoo, totalSteps: 60_000 });
run.metrics.subscribe({
  complete() {
    const agent = loadAgent(run.save());
    const world = vectorize(cartPole, { numEnvs: 1, seed: 42 });
    while (world.scores.episodes === 0) {
      world.actions[0] = agent.act(world.observations);
      world.advance();
    }
    console.log(`the pole stood for ${world.scores.episodeLength} steps`);
  },
});
