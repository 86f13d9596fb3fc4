import { Arena, bytesOf } from '../../lib/arena.ts';
import { countFlops } from '../../lib/engine/flops.ts';
import { ActorCritic } from '../../lib/engine/wasm/actorCritic.ts';
import { chooseBuild, layoutOf } from '../../lib/engine/wasm/kernels.ts';
import { WasmAgent } from '../../lib/engine/wasm/wasmAgent.ts';
import { type NetworkName, networks } from './networks.ts';
import { fillUniform, uniforms } from './random.ts';
import type { Workload } from './workload.ts';

/** Forward and categorical sampling of one batch. */
export function infer(network: NetworkName, rows: number): Workload {
  const options = networks[network];
  return {
    name: `infer/${network}${rows === 1024 ? '' : `-batch${rows}`}`,
    flops: countFlops(options).infer,
    open({ deterministic }) {
      const layout = layoutOf(chooseBuild(deterministic));
      const columns = { observations: ['f32', rows * options.inputs] } as const;
      const arena = new Arena(
        bytesOf(columns) +
          bytesOf(ActorCritic.columns(options, layout)) +
          bytesOf(WasmAgent.columns(options, rows)),
        { deterministic },
      );
      const agent = new WasmAgent(new ActorCritic(options, arena).initialize(1), rows, 1);
      const { observations } = arena.take(columns);
      fillUniform(observations, -1, 1, uniforms(1));
      let t = 0;
      return {
        unit() {
          agent.infer({ kind: 'observation', t: t++, observations });
          return rows;
        },
      };
    },
  };
}
