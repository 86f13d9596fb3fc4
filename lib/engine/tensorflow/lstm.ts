import { activationSteps } from './activation.ts';
import type { Device } from './device.ts';
import { inputSums, recurrentGradient, sigmoidBackward, tanhBackward } from './gates.ts';
import type { CellWeights, MemoryCell } from './memoryCell.ts';
import { stepsOf } from './steps.ts';
import type { Tensor, Tensor2D, Tensor3D } from './tf.ts';
import { withGradient } from './withGradient.ts';

/** Long short-term memory; the wasm engine's `Lstm` has the equations. */
export function lstm(device: Device, weights: CellWeights): MemoryCell {
  const { tf } = device;
  return (inputs, states, keeps, isData) => {
    const [steps, rows, units] = [inputs.shape[0], inputs.shape[1], states.shape[1] / 2];
    const biases = tf.split(weights('memory.bias_ih'), 4);
    const sums = inputSums(device, inputs, weights('memory.weight_ih'), biases, isData);
    const [h, c] = tf.split(states, 2, 1) as Tensor2D[];
    const all = recur(device, sums, h, c, weights('memory.weight_hh'), keeps);
    const outputs = tf.slice(all, 0, steps);
    const state = tf.reshape(tf.slice(all, steps - 1), [2, rows, units]);
    return { outputs, state: tf.concat(tf.unstack(state) as Tensor2D[], 1) };
  };
}

/**
 * What cannot be done for all steps at once.
 *
 * @param sums what the inputs add to i, f, g and o, each [T, N, units]
 * @param recurrent [4 · units, units]
 * @returns [T + 1, N, units]: the outputs, then the last c
 */
function recur(
  device: Device,
  sums: readonly Tensor3D[],
  h: Tensor2D,
  c: Tensor2D,
  recurrent: Tensor,
  keeps: Tensor2D,
): Tensor3D {
  const { tf } = device;
  const steps = keeps.shape[0];
  const tanh = (z: Tensor) => activationSteps(device, 'tanh').forward(z).value;
  return withGradient<Tensor3D>(
    tf,
    [...sums, h, c, recurrent],
    () => {
      const keep = stepsOf(device, tf.expandDims(keeps, 2));
      const ofInput = sums.map((sum) => stepsOf(device, sum));
      const matrices = tf.split(recurrent, 4).map((part) => tf.transpose(part) as Tensor2D);
      const outputs: Tensor[] = [];
      const kept: Tensor[] = [];
      let [hidden, cell]: Tensor[] = [h, c];
      for (let t = 0; t < steps; t++) {
        const before = tf.mul(hidden, keep[t]) as Tensor2D;
        const cellBefore = tf.mul(cell, keep[t]);
        const sum = (gate: number) => tf.add(ofInput[gate][t], tf.matMul(before, matrices[gate]));
        const [i, f, g, o] = [tf.sigmoid(sum(0)), tf.sigmoid(sum(1)), tanh(sum(2)), tf.sigmoid(sum(3))];
        cell = tf.add(tf.mul(f, cellBefore), tf.mul(i, g));
        const bent = tanh(cell);
        hidden = tf.mul(o, bent);
        outputs.push(hidden);
        kept.push(keep[t], before, cellBefore, i, f, g, o, bent);
      }
      return { value: tf.stack([...outputs, cell]) as Tensor3D, kept: [recurrent, ...kept] };
    },
    (dy, [recurrent, ...kept]) => {
      const above = stepsOf(device, dy);
      const matrices = tf.split(recurrent, 4) as Tensor2D[];
      const dSums: Tensor2D[][] = matrices.map(() => new Array(steps));
      const befores: Tensor[] = new Array(steps);
      let [dHidden, dCell]: Tensor[] = [tf.zerosLike(above[0]), above[steps]];
      for (let t = steps - 1; t >= 0; t--) {
        const [keep, before, cellBefore, i, f, g, o, bent] = kept.slice(8 * t, 8 * t + 8);
        const d = tf.add(above[t], dHidden);
        const dBent = tf.mul(d, o);
        const dc = tf.add(dCell, tanhBackward(device, dBent, bent));
        const gates = [
          sigmoidBackward(device, tf.mul(dc, g), i),
          sigmoidBackward(device, tf.mul(dc, cellBefore), f),
          tanhBackward(device, tf.mul(dc, i), g),
          sigmoidBackward(device, tf.mul(d, bent), o),
        ] as Tensor2D[];
        for (const [gate, dSum] of gates.entries()) dSums[gate][t] = dSum;
        const parts: Tensor[] = gates.map((dSum, gate) => tf.matMul(dSum, matrices[gate]));
        dHidden = tf.mul(
          parts.reduce((sum, part) => tf.add(sum, part)),
          keep,
        );
        dCell = tf.mul(tf.mul(dc, f), keep);
        befores[t] = before;
      }
      const whole = dSums.map((dSum) => tf.stack(dSum));
      return [...whole, dHidden, dCell, recurrentGradient(device, befores, whole)];
    },
  );
}
