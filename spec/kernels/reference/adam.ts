export interface AdamConfig {
  scale: number;
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

export interface AdamState {
  weight: number;
  m: number;
  v: number;
}

/** torch.optim.Adam's step number t of one weight, as its documentation writes it. */
export function adam(state: AdamState, gradient: number, t: number, config: AdamConfig): AdamState {
  const { scale, learningRate, beta1, beta2, epsilon } = config;
  const g = scale * gradient;
  const m = beta1 * state.m + (1 - beta1) * g;
  const v = beta2 * state.v + (1 - beta2) * g ** 2;
  const unbiasedM = m / (1 - beta1 ** t);
  const unbiasedV = v / (1 - beta2 ** t);
  return { weight: state.weight - (learningRate * unbiasedM) / (Math.sqrt(unbiasedV) + epsilon), m, v };
}
