import { Arena, bytesOf } from '../../lib/arena.ts';
import type { EnvDefinition } from '../../lib/env/env.ts';
import { SerialEnvs } from '../../lib/env/serialEnvs.ts';
import type { Discrete } from '../../lib/space/discrete.ts';
import { uniforms } from './random.ts';
import type { Workload } from './workload.ts';

const ROWS = 1024;
/** Vector steps until the same actions come again. */
const DRAWN = 61;

// biome-ignore lint/suspicious/noExplicitAny: whatever an env shows and remembers
type DiscreteEnv = EnvDefinition<any, any, any, Discrete>;

/** Vector steps of an env with actions drawn beforehand; a sample is a step of an agent, reset rows are not counted. */
export function envSteps(name: string, env: DiscreteEnv): Workload {
  return {
    name: `env/${name}`,
    flops: null,
    open({ deterministic }) {
      const options = { numEnvs: Math.ceil(ROWS / (env.agents ?? 1)), seed: 1 };
      const arena = new Arena(bytesOf(SerialEnvs.columns(env, options)), { deterministic });
      const envs = new SerialEnvs(env, options, arena);
      const uniform = uniforms(1);
      const drawn = Array.from({ length: DRAWN }, () =>
        Int32Array.from({ length: envs.rows }, () => Math.floor(env.action.n * uniform())),
      );
      return {
        unit() {
          const before = envs.steps;
          envs.actions.set(drawn[envs.t % DRAWN]);
          envs.advance();
          return envs.steps - before;
        },
        note: (samplesPerSecond) => `${(1e9 / samplesPerSecond).toPrecision(3)} ns a step`,
      };
    },
  };
}
