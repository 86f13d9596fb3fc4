import type { ColumnSpecs } from '../../arena.ts';
import { type ActorCriticOptions, policyOutputs } from './actorCriticOptions.ts';
import { ConvLayer, type ConvShape, channelsLast, type ImageShape, sizeOf } from './convLayer.ts';
import { blockColumns, DenseLayer, nameRows, padTo, panelColumns, planDense } from './dense.ts';
import type { KernelLayout, Kernels } from './kernels.ts';
import type { Activation, Layer } from './layer.ts';
import { LayerNormLayer } from './layerNorm.ts';
import { planMemory } from './memory/cells.ts';
import type { MemoryPlan } from './memory/memory.ts';
import { ParameterPlan } from './parameters.ts';
import { SdeLayer, type SdeShape } from './sdeLayer.ts';

type Places = Readonly<Record<string, Float32Array | Int32Array>>;

/** A layer before there is an arena for it. */
export interface LayerPlan {
  /** Columns that all members of a crew share: packed weights. */
  shared(kernels: KernelLayout): ColumnSpecs;
  /** Columns of each member. */
  own(kernels: KernelLayout): ColumnSpecs;
  /** @param parameters pointer of the parameter vector; @param columns the shared and the own ones */
  make(kernels: Kernels, parameters: number, columns: Places): Layer;
}

/** An actor-critic network before there is an arena for it. */
export interface NetworkPlan {
  readonly parameters: ParameterPlan;
  /** Layers from the observation on; with a memory, up to it. The policy's is the first, the critic's the last. */
  readonly towers: readonly (readonly LayerPlan[])[];
  /** What remembers, and the head that reads it. */
  readonly memory?: { readonly cell: MemoryPlan; readonly head: readonly LayerPlan[] };
  /** Where the log-deviations of a Gaussian policy are in the parameters, if they are the same in all states. */
  readonly logStd?: number;
  /** The deviations of a Gaussian policy that explores by gSDE. */
  readonly sde?: SdeShape;
}

/** @throws RangeError if an image is too small for its convolutions, or there is none; or a memory's trunk is not shared */
export function planNetwork(options: ActorCriticOptions, rows: number): NetworkPlan {
  const parameters = new ParameterPlan();
  const { hidden, activation, shared, layerNorm, gains, memory } = options.network;
  const dense = (outputs: number, inputs: number, act: Activation, ...parts: readonly Part[]): LayerPlan => {
    const shape = planDense(parameters, { outputs, inputs, activation: act }, rows);
    let from = 0;
    for (const part of parts) {
      nameRows(parameters, shape, { ...part, from }, rows);
      from += part.count;
    }
    return {
      shared: (kernels) => panelColumns(shape, kernels),
      own: (kernels) => blockColumns(shape, kernels),
      make: (kernels, pointer, columns) => new DenseLayer(shape, kernels, pointer, columns),
    };
  };
  const norm = (name: string, features: number): LayerPlan => {
    const shape = LayerNormLayer.plan(parameters, { features, activation, name }, rows);
    return {
      shared: () => ({}),
      own: (kernels) => LayerNormLayer.blockColumns(shape, kernels),
      make: (kernels, pointer, columns) => new LayerNormLayer(shape, kernels, pointer, columns),
    };
  };
  /** The hidden layers; modules are numbered as in PyTorch's Sequential, activations counting as such. */
  const trunk = (prefix: string) => {
    const layers: LayerPlan[] = [];
    let width = options.inputs;
    let index = 0;
    let order: Int32Array | undefined;
    for (const shape of convolutions(options, parameters, prefix, rows)) {
      const { height, width: across, channels } = shape.output;
      width = sizeOf(shape.output);
      // PyTorch flattens channel after channel.
      order = channelsLast(channels, height * across);
      index += 2;
      layers.push({
        shared: (kernels) => ConvLayer.sharedColumns(shape, kernels),
        own: (kernels) => ConvLayer.blockColumns(shape, kernels),
        make: (kernels, pointer, columns) => new ConvLayer(shape, kernels, pointer, columns),
      });
    }
    for (const units of hidden) {
      const part = { name: `${prefix}.${index}`, count: units, gain: gains.hidden, order };
      layers.push(dense(units, width, layerNorm ? 'linear' : activation, part));
      if (layerNorm) layers.push(norm(`${prefix}.${index + 1}`, units));
      index += layerNorm ? 3 : 2;
      width = units;
      order = undefined;
    }
    return { layers, width, index };
  };
  const outputs = policyOutputs(options);
  const heads = (width: number) =>
    dense(
      outputs + 1,
      width,
      'linear',
      { name: 'policy', count: outputs, gain: gains.policy },
      { name: 'value', count: 1, gain: gains.value },
    );
  if (memory.kind !== 'none') {
    if (!shared)
      throw new RangeError(
        'network: a memory needs a trunk that policy and critic share: expected shared: true',
      );
    const { layers, width } = trunk('trunk');
    const cell = planMemory(memory.kind, parameters, { ...memory, inputs: width }, rows);
    const head = [heads(memory.units)];
    return {
      parameters,
      towers: [layers],
      memory: { cell, head },
      ...planDeviations(options, parameters, memory.units, rows),
    };
  }
  if (shared) {
    const { layers, width } = trunk('trunk');
    const towers = [[...layers, heads(width)]];
    return { parameters, towers, ...planDeviations(options, parameters, width, rows) };
  }
  const tower = (prefix: 'actor' | 'critic', count: number, gain: number) => {
    const { layers, width, index } = trunk(prefix);
    return {
      width,
      layers: [...layers, dense(count, width, 'linear', { name: `${prefix}.${index}`, count, gain })],
    };
  };
  const actor = tower('actor', outputs, gains.policy);
  const towers = [actor.layers, tower('critic', 1, gains.value).layers];
  return { parameters, towers, ...planDeviations(options, parameters, actor.width, rows) };
}

interface Part {
  readonly name: string;
  readonly count: number;
  readonly gain: number;
  readonly order?: Int32Array;
}

/** @param features what the policy's head reads */
function planDeviations(
  { dimensions = 0, network }: ActorCriticOptions,
  parameters: ParameterPlan,
  features: number,
  rows: number,
): Pick<NetworkPlan, 'logStd' | 'sde'> {
  if (dimensions === 0 || network.stateDependentStd) return {};
  if (network.exploration === 'gsde')
    return { sde: SdeLayer.plan(parameters, { dimensions, features }, network.initialLogStd, rows) };
  const at = parameters.reserve(padTo(dimensions, rows));
  parameters.add({
    name: 'logStd',
    shape: [dimensions],
    at,
    rows: 1,
    columns: dimensions,
    pitch: dimensions,
    initial: { constant: network.initialLogStd },
  });
  return { logStd: at };
}

function convolutions(
  options: ActorCriticOptions,
  parameters: ParameterPlan,
  prefix: string,
  rows: number,
): ConvShape[] {
  const { convolutions: specs, activation, gains } = options.network;
  if (specs.length === 0) return [];
  let input = imageOf(options);
  return specs.map((spec, l) => {
    const name = `${prefix}.${2 * l}`;
    const shape = ConvLayer.plan(parameters, { ...spec, input, activation, name, gain: gains.hidden }, rows);
    input = shape.output;
    return shape;
  });
}

/** The image that an observation is: [height, width], or with channels first or last, whichever are fewer. */
export function imageOf({ observation }: ActorCriticOptions): ImageShape {
  const shape = observation?.type === 'Box' ? observation.shape : [];
  if (shape.length === 2) return { height: shape[0], width: shape[1], channels: 1, order: 'HWC' };
  if (shape.length !== 3) {
    throw new RangeError(
      `network: convolutions: expected an image, Box [height, width] or with channels, got ${JSON.stringify(observation)}`,
    );
  }
  const [a, b, c] = shape;
  return a < c
    ? { channels: a, height: b, width: c, order: 'CHW' }
    : { height: a, width: b, channels: c, order: 'HWC' };
}
