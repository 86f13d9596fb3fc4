import { defer, lastValueFrom, type Observable, tap } from 'rxjs';
import { cartPole } from '../envs/cartPole.ts';
import { configure } from '../lib/config.ts';
import type { VectorEnvs } from '../lib/env/vectorEnvs.ts';
import { platform } from '../lib/platform.ts';
import { type Estimate, extend, type Observation, type Transition } from '../lib/records.ts';
import { immediate } from '../lib/workers/crew.ts';
import { collect, infer, minibatches, observe, stepEnv, turns } from '../operators/index.ts';
import { type OpenNouns, openNouns } from '../pipelines/openNouns.ts';
import { ppo, ppoSchema } from '../pipelines/ppo.ts';
import { median } from './meter.ts';

export interface GraphOptions {
  readonly deterministic: boolean;
  readonly repeats: number;
  /** Milliseconds of a repeat, and of the warming up before the first. */
  readonly repeatTime: number;
  readonly warmUpTime: number;
}

export interface GraphResult {
  /** Env steps a second of the composed graph: median, slowest and fastest of the repeats. */
  readonly samplesPerSecond: number;
  readonly spread: readonly [min: number, max: number];
  /** Median time of the composed graph over that of the loop. */
  readonly ratio: number;
}

/** Milliseconds of one form before it is the other's turn, unless an iteration takes longer. */
const SLICE = 4;

/**
 * The composed RxJS graph, an iteration a turn, against a loop that a hand wrote over the same nouns, without turns. The
 * forms take turns on the very same nouns, so that they meet the same data and the same state of the machine.
 */
export async function compareGraph(
  { numEnvs, numSteps, learn }: { numEnvs: number; numSteps: number; learn: boolean },
  { deterministic, repeats, repeatTime, warmUpTime }: GraphOptions,
): Promise<GraphResult> {
  const totalSteps = Number.MAX_SAFE_INTEGER;
  const nouns = openNouns(cartPole, configure(ppoSchema, { numEnvs, numSteps, deterministic, totalSteps }));
  const { agent, ring, policy } = nouns.kinds.agent;
  const envs = nouns.envs as VectorEnvs<'rows'>;
  policy.network.initialize(nouns.config.seed);
  const graph: Observable<unknown> = learn
    ? defer(() => ppo.graph(nouns))
    : observe(envs).pipe(
        infer(agent),
        stepEnv(envs),
        collect(ring),
        tap((rollout) => rollout.release()),
      );
  const composed = async (iterations: number) => {
    let left = iterations;
    const began = platform.now();
    await lastValueFrom(graph.pipe(turns(() => --left > 0)));
    return (platform.now() - began) / iterations;
  };
  const byHand = (iterations: number) => {
    const began = platform.now();
    for (let i = 0; i < iterations; i++) iterate(nouns, learn);
    return (platform.now() - began) / iterations;
  };
  let iterations = 1;
  for (const until = platform.now() + warmUpTime; platform.now() < until; ) {
    const once = Math.min(await composed(iterations), byHand(iterations));
    iterations = Math.max(1, Math.round(SLICE / once));
  }
  const steps = 1000 * numEnvs * numSteps;
  const speeds: number[] = [];
  const graphTimes: number[] = [];
  const loopTimes: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const times: number[] = [];
    for (const until = platform.now() + repeatTime; times.length === 0 || platform.now() < until; ) {
      // Neither form is always the one that comes after the other.
      const graphFirst = loopTimes.length % 2 === 0;
      if (graphFirst) times.push(await composed(iterations));
      loopTimes.push(byHand(iterations));
      if (!graphFirst) times.push(await composed(iterations));
    }
    speeds.push(steps / median(times));
    graphTimes.push(...times);
  }
  return {
    samplesPerSecond: median(speeds),
    spread: [Math.min(...speeds), Math.max(...speeds)],
    ratio: median(graphTimes) / median(loopTimes),
  };
}

/** One iteration as a loop; returns the sum of the losses. */
function iterate({ envs, kinds, config, arena }: OpenNouns, learn: boolean): number {
  const { agent, ring, learner } = kinds.agent;
  const segment = ring.begin();
  while (!segment.add(envs.step(immediate(agent.infer(envs.observe() as Observation))) as Transition));
  const rollout = segment.finish(() => {});
  let loss = 0;
  if (learn) {
    const { steps, rows, rewards, values, terminations, truncations, nextObservations } = rollout;
    agent.value(nextObservations, values.subarray(steps * rows));
    const estimate = extend(rollout, { kind: 'estimate' }) as Estimate;
    arena.kernels.gae(
      steps,
      rows,
      config.gamma,
      config.gaeLambda,
      rewards.byteOffset,
      values.byteOffset,
      terminations.byteOffset,
      truncations.byteOffset,
      0,
      estimate.advantages.byteOffset,
      estimate.returns.byteOffset,
    );
    const draw = minibatches(config)(estimate);
    for (let drawn = draw.next(); !drawn.done; ) {
      const losses = immediate(learner.update(drawn.value));
      loss += losses.loss;
      drawn = draw.next(losses);
    }
  }
  rollout.release();
  return loss;
}
