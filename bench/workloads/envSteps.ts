import { Arena, bytesOf } from '../../lib/arena.ts';
import type { EnvDefinition } from '../../lib/env/env.ts';
import { rowsOf } from '../../lib/env/envColumns.ts';
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
      const actions = { drawn: ['i32', DRAWN * rowsOf(env, options.numEnvs)] } as const;
      const bytes = bytesOf({ ...SerialEnvs.columns(env, options), ...actions });
      const arena = new Arena(bytes, { deterministic });
      const envs = new SerialEnvs(env, options, arena);
      const uniform = uniforms(1);
      const { drawn } = arena.take(actions);
      for (let i = 0; i < drawn.length; i++) drawn[i] = Math.floor(env.action.n * uniform());
      const [from, to, stepBytes] = [drawn.byteOffset, envs.actions.byteOffset, envs.actions.byteLength];
      return {
        unit() {
          const before = envs.steps;
          arena.kernels.copy(to, from + (envs.t % DRAWN) * stepBytes, stepBytes);
          envs.advance();
          return envs.steps - before;
        },
        note: (samplesPerSecond) => `${(1e9 / samplesPerSecond).toPrecision(3)} ns a step`,
      };
    },
  };
}
