import fc from 'fast-check';
import { GateBlocks, gateProblems, near, sigmoid } from './gates.ts';
import { forEachBuild } from './setup.ts';

describe('gruForward and gruBackward', () => {
  forEachBuild((_, harness) => {
    it('equal the scalar cell, saturated or not', () =>
      fc.assert(
        fc.property(gateProblems, (problem) => {
          harness.reset();
          const blocks = new GateBlocks(harness, problem);
          const { units, n } = blocks;
          const [gates, recurrent] = [blocks.block(4, problem.range), blocks.block(3, problem.range)];
          const [before, hidden] = [blocks.block(1, 1), blocks.block(1, 0)];
          const sums = gates.slice();
          harness.call('gruForward', gates, recurrent, before, hidden, units, n);
          blocks.each((at) => {
            const z = sigmoid(at(sums, 1) + at(recurrent, 1));
            // What float32 rounds of r moves the sum, which may be large: the kernel's own r is the one to judge n by.
            near(at(gates, 0), sigmoid(at(sums, 0) + at(recurrent, 0)), 'r');
            const sum = at(sums, 2) + at(gates, 0) * at(recurrent, 2);
            const scale = 1 + Math.abs(at(sums, 2)) / 10;
            near(at(hidden) / scale, ((1 - z) * Math.tanh(sum) + z * at(before)) / scale, 'h');
          });

          const [dAbove, dHidden] = [blocks.block(1, 1), blocks.block(1, 1)];
          const [dGates, dRecurrent] = [blocks.block(3, 0), blocks.block(3, 0)];
          const dNext = dHidden.slice();
          harness.call('gruBackward', gates, before, dAbove, dHidden, dGates, dRecurrent, units, n);
          blocks.each((at) => {
            const [r, z, candidate] = [0, 1, 2].map((gate) => at(gates, gate));
            const dh = at(dAbove) + at(dNext);
            const dn = dh * (1 - z) * (1 - candidate ** 2);
            const dr = dn * at(recurrent, 2) * r * (1 - r);
            const dz = dh * (at(before) - candidate) * z * (1 - z);
            [dr, dz, dn].forEach((expected, gate) => {
              near(at(dGates, gate), expected, `dGates ${gate}`);
            });
            [dr, dz, dn * r].forEach((expected, gate) => {
              near(at(dRecurrent, gate), expected, `dRecurrent ${gate}`);
            });
            near(at(dHidden), dh * z, 'dh');
          });
          harness.checkGuards();
        }),
      ));
  });
});
