import { cartPole } from '../../envs/cartPole.ts';
import { Arena, bytesOf } from '../../lib/arena.ts';
import { SerialEnvs } from '../../lib/env/serialEnvs.ts';
import { uniforms } from './random.ts';
import type { Workload } from './workload.ts';

const NUM_ENVS = 1024;
/** Vector steps until the same actions come again. */
const DRAWN = 61;

/** Vector steps of CartPole with actions drawn beforehand; reset rows are not counted. */
export const cartPoleEnv: Workload = {
  name: 'env/cartpole',
  flops: null,
  open({ deterministic }) {
    const options = { numEnvs: NUM_ENVS, seed: 1 };
    const arena = new Arena(bytesOf(SerialEnvs.columns(cartPole, options)), { deterministic });
    const envs = new SerialEnvs(cartPole, options, arena);
    const uniform = uniforms(1);
    const drawn = Array.from({ length: DRAWN }, () =>
      Int32Array.from({ length: NUM_ENVS }, () => Math.floor(2 * uniform())),
    );
    return {
      unit() {
        const before = envs.steps;
        envs.actions.set(drawn[envs.t % DRAWN]);
        envs.advance();
        return envs.steps - before;
      },
    };
  },
};
