import { activationSteps } from './activation.ts';
import type { Device } from './device.ts';
import { inputSums, recurrentGradient, sigmoidBackward, tanhBackward } from './gates.ts';
import type { CellWeights, MemoryCell } from './memoryCell.ts';
import { lastOf, stepsOf } from './steps.ts';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from './tf.ts';
import { withGradient } from './withGradient.ts';

/** Gated recurrent unit; the wasm engine's `Gru` has the equations. */
export function gru(device: Device, weights: CellWeights): MemoryCell {
  const { tf } = device;
  return (inputs, states, keeps, isData) => {
    const [ofReset, ofUpdate, ofNew] = tf.split(weights('memory.bias_ih'), 3);
    const [reset, update, fresh] = tf.split(weights('memory.bias_hh'), 3);
    const biases = [tf.add(ofReset, reset), tf.add(ofUpdate, update), ofNew];
    const sums = inputSums(device, inputs, weights('memory.weight_ih'), biases, isData);
    const outputs = recur(device, sums, states, weights('memory.weight_hh'), fresh as Tensor1D, keeps);
    return { outputs, state: lastOf(device, outputs) };
  };
}

/**
 * What cannot be done for all steps at once.
 *
 * @param sums what the inputs and biases add to r and z, and the inputs to n, each [T, N, units]
 * @param recurrent [3 · units, units]
 * @param bias [units] what is added to the state's part of n
 * @returns [T, N, units]
 */
function recur(
  device: Device,
  sums: readonly Tensor3D[],
  state: Tensor2D,
  recurrent: Tensor,
  bias: Tensor1D,
  keeps: Tensor2D,
): Tensor3D {
  const { tf } = device;
  const { forward: tanh } = activationSteps(device, 'tanh');
  return withGradient<Tensor3D>(
    tf,
    [...sums, state, recurrent, bias],
    () => {
      const keep = stepsOf(device, tf.expandDims(keeps, 2));
      const ofInput = sums.map((sum) => stepsOf(device, sum));
      const [toReset, toUpdate, toNew] = tf.split(recurrent, 3).map((part) => tf.transpose(part) as Tensor2D);
      const outputs: Tensor[] = [];
      const kept: Tensor[] = [];
      let hidden: Tensor = state;
      for (const [t, carry] of keep.entries()) {
        const before = tf.mul(hidden, carry) as Tensor2D;
        const r = tf.sigmoid(tf.add(ofInput[0][t], tf.matMul(before, toReset)));
        const z = tf.sigmoid(tf.add(ofInput[1][t], tf.matMul(before, toUpdate)));
        const m = tf.add(tf.matMul(before, toNew), bias);
        const n = tanh(tf.add(ofInput[2][t], tf.mul(r, m))).value;
        hidden = tf.add(n, tf.mul(z, tf.sub(before, n)));
        outputs.push(hidden);
        kept.push(carry, before, r, z, m, n);
      }
      return { value: tf.stack(outputs) as Tensor3D, kept: [recurrent, ...kept] };
    },
    (dy, [recurrent, ...kept]) => {
      const above = stepsOf(device, dy);
      const steps = above.length;
      const matrices = tf.split(recurrent, 3) as Tensor2D[];
      const dSums: Tensor2D[][] = [0, 1, 2, 3].map(() => new Array(steps));
      const befores: Tensor[] = new Array(steps);
      let dHidden: Tensor = tf.zerosLike(above[0]);
      for (let t = steps - 1; t >= 0; t--) {
        const [keep, before, r, z, m, n] = kept.slice(6 * t, 6 * t + 6);
        const d = tf.add(above[t], dHidden);
        const stays = tf.mul(d, z);
        const dn = tanhBackward(device, tf.sub(d, stays), n);
        const dz = sigmoidBackward(device, tf.mul(d, tf.sub(before, n)), z);
        const dr = sigmoidBackward(device, tf.mul(dn, m), r);
        const gates = [dr, dz, tf.mul(dn, r)] as Tensor2D[];
        for (const [gate, dSum] of [...gates, dn as Tensor2D].entries()) dSums[gate][t] = dSum;
        const parts: Tensor[] = gates.map((dSum, gate) => tf.matMul(dSum, matrices[gate]));
        dHidden = tf.mul(
          parts.reduce((sum, part) => tf.add(sum, part), stays),
          keep,
        );
        befores[t] = before;
      }
      const [dr, dz, dm, dn] = dSums.map((dSum) => tf.stack(dSum));
      const dRecurrent = recurrentGradient(device, befores, [dr, dz, dm]);
      return [dr, dz, dn, dHidden, dRecurrent, tf.sum(dm, [0, 1])];
    },
  );
}
