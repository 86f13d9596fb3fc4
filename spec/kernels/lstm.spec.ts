import fc from 'fast-check';
import { GateBlocks, gateProblems, near, sigmoid } from './gates.ts';
import { forEachBuild } from './setup.ts';

describe('lstmForward and lstmBackward', () => {
  forEachBuild((_, harness) => {
    it('equal the scalar cell, saturated or not, the cell in place', () =>
      fc.assert(
        fc.property(gateProblems, (problem) => {
          harness.reset();
          const blocks = new GateBlocks(harness, problem);
          const { keep, units, n } = blocks;
          const [gates, cell, hidden, nextCell] = [problem.range, 2, 0, 0].map((range, b) =>
            blocks.block(b === 0 ? 4 : 1, range),
          );
          const [sums, before] = [gates.slice(), cell.slice()];
          harness.call('lstmForward', gates, cell, keep, hidden, nextCell, units, n);
          blocks.each((at, kept) => {
            const c =
              sigmoid(at(sums, 1)) * kept * at(before) + sigmoid(at(sums, 0)) * Math.tanh(at(sums, 2));
            near(at(nextCell), c, 'c');
            near(at(hidden), sigmoid(at(sums, 3)) * Math.tanh(c), 'h');
          });

          const [dAbove, dHidden, dCell] = [1, 1, 1].map((range) => blocks.block(1, range));
          const dGates = blocks.block(4, 0);
          const dAfter = dCell.slice();
          const columns = [gates, cell, keep, nextCell, dAbove, dHidden, dCell, dGates];
          harness.call('lstmBackward', ...columns, units, n);
          blocks.each((at, kept) => {
            const [i, f, g, o] = [0, 1, 2, 3].map((gate) => at(gates, gate));
            const squashed = Math.tanh(at(nextCell));
            const dh = at(dAbove) + at(dHidden);
            const dc = at(dAfter) + dh * o * (1 - squashed ** 2);
            near(at(dGates, 0), dc * g * i * (1 - i), 'di');
            near(at(dGates, 1), dc * kept * at(cell) * f * (1 - f), 'df');
            near(at(dGates, 2), dc * i * (1 - g ** 2), 'dg');
            near(at(dGates, 3), dh * squashed * o * (1 - o), 'do');
            near(at(dCell), dc * f * kept, 'dc');
          });

          gates.set(sums);
          const after = nextCell.slice();
          harness.call('lstmForward', gates, cell, keep, hidden, cell, units, n);
          blocks.each((at) => {
            near(at(cell), at(after), 'c in place');
          });
          harness.checkGuards();
        }),
      ));
  });
});
