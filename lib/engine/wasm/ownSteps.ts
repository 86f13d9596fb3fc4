import type { Saved, Stateful } from '../../nouns.ts';
import type { OwnOptimizer } from '../../ownOptimizer.ts';
import { checkFinite, checkNames, checkTensors, prefixed, savedCount, unprefixed } from '../../restore.ts';
import type { ActorCritic } from './actorCritic.ts';
import { assignTensors, tensorsOf } from './parameters.ts';

/** An optimizer that is given as a function, with what it remembers: in the place of `Optimizer`. */
export class OwnSteps implements Stateful {
  readonly #network: ActorCritic;
  readonly #optimizer: OwnOptimizer;
  readonly #state: Readonly<Record<string, Float32Array>>;
  /** 1 where there are parameters, 0 where there is padding. */
  readonly #used: Float32Array;
  #updates = 0;

  constructor(network: ActorCritic, optimizer: OwnOptimizer) {
    const { segments, parameters } = network;
    const vector = () => new Float32Array(parameters.length);
    this.#network = network;
    this.#optimizer = optimizer;
    this.#state = Object.fromEntries(optimizer.state.map((name) => [name, vector()]));
    this.#used = vector();
    assignTensors(segments, tensorsOf(segments, vector().fill(1)), this.#used);
  }

  /** Steps taken. */
  get updates(): number {
    return this.#updates;
  }

  /** One step by `scale` times the gradients, a vector like the parameters. @param gradients pointer */
  step(gradients: number, scale: number, learningRate: number): void {
    const { parameters, segments } = this.#network;
    this.#updates++;
    this.#optimizer.step({
      parameters,
      gradients: new Float32Array(parameters.buffer, gradients, parameters.length),
      scale,
      learningRate,
      updates: this.#updates,
      state: this.#state,
      places: segments,
    });
    // A step may divide 0 by 0 where there is no gradient; kernels take padding for zeros.
    for (let i = 0; i < parameters.length; i++) if (this.#used[i] === 0) parameters[i] = 0;
  }

  save(): Saved {
    const { segments } = this.#network;
    const named = Object.entries(this.#state).map(([name, vector]) =>
      prefixed(`${name}.`, tensorsOf(segments, vector)),
    );
    return { tensors: Object.assign({}, ...named), values: { updates: this.#updates } };
  }

  load(saved: Saved): void {
    checkNames('optimizer', saved.values, ['updates']);
    const updates = savedCount('optimizer', saved, 'updates');
    checkTensors('optimizer', this.save().tensors, saved.tensors);
    checkFinite('optimizer', saved.tensors);
    for (const [name, vector] of Object.entries(this.#state))
      assignTensors(this.#network.segments, unprefixed(`${name}.`, saved.tensors), vector);
    this.#updates = updates;
  }
}
