import { forEachBuild } from '../kernels/setup.ts';
import { Cell } from '../lib/engine/wasm/memory/segment.ts';
import { memoryCases } from './memoryCases.ts';

describe('golden: memory', () => {
  forEachBuild((_, harness) => {
    for (const kind of ['lstm', 'gru', 'minGru'] as const)
      it(`matches its reference: ${kind}`, () => {
        for (const { sizes, segment, verify } of memoryCases[kind]()) {
          harness.reset();
          const steps = segment.inputs.length;
          const cell = new Cell(harness, kind, sizes, segment.weights, steps);
          const { outputs, states, gradients, dInputs, dState } = cell.learn(segment);
          verify({
            outputs: outputs.flat(2),
            state: states[steps].flat(),
            gradients,
            dInputs: dInputs.flat(2),
            dState: dState.flat(),
          });
          harness.checkGuards();
        }
      });
  });
});
