import fc from 'fast-check';
import { GateBlocks, gateProblems, near, sigmoid } from './gates.ts';
import { forEachBuild } from './setup.ts';

describe('minGruForward and minGruBackward', () => {
  forEachBuild((_, harness) => {
    it('equal the scalar cell, saturated or not, the state in place', () =>
      fc.assert(
        fc.property(gateProblems, (problem) => {
          harness.reset();
          const blocks = new GateBlocks(harness, problem);
          const { keep, units, n } = blocks;
          const gates = blocks.block(3, problem.range);
          const [x, state, nextState, y] = [1, 2, 0, 0].map((range) => blocks.block(1, range));
          const sums = gates.slice();
          harness.call('minGruForward', gates, x, state, keep, nextState, y, units, n);
          blocks.each((at, kept) => {
            const v = at(sums);
            const [mix, out] = [sigmoid(at(sums, 1)), sigmoid(at(sums, 2))];
            const candidate = v >= 0 ? v + 0.5 : sigmoid(v);
            // What float32 rounds of the gates is multiplied by a candidate that has no bounds.
            const scale = 1 + Math.abs(candidate);
            const s = (1 - mix) * kept * at(state) + mix * candidate;
            near(at(nextState) / scale, s / scale, 's');
            near(at(y) / scale, (out * s + (1 - out) * at(x)) / scale, 'y');
          });

          const [dy, dState] = [blocks.block(1, 1), blocks.block(1, 1)];
          const dGates = blocks.block(3, 0);
          const [above, after] = [dy.slice(), dState.slice()];
          harness.call('minGruBackward', gates, x, state, keep, nextState, dy, dState, dGates, units, n);
          blocks.each((at, kept) => {
            const [candidate, mix, out] = [0, 1, 2].map((gate) => at(gates, gate));
            const slope = at(sums) >= 0 ? 1 : candidate * (1 - candidate);
            const ds = at(above) * out + at(after);
            near(at(dGates, 0), ds * mix * slope, 'dv');
            near(at(dGates, 1), ds * (candidate - kept * at(state)) * mix * (1 - mix), 'dm');
            near(at(dGates, 2), at(above) * (at(nextState) - at(x)) * out * (1 - out), 'dp');
            near(at(dState), ds * (1 - mix) * kept, 'ds');
            near(at(dy), at(above) * (1 - out), 'dx');
          });

          gates.set(sums);
          const separate = nextState.slice();
          harness.call('minGruForward', gates, x, state, keep, state, y, units, n);
          blocks.each((at) => {
            near(at(state), at(separate), 's in place');
          });
          harness.checkGuards();
        }),
      ));
  });
});
