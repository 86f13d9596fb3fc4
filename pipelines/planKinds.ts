import { ActorCritic } from '../lib/engine/wasm/actorCritic.ts';
import {
  type ActorCriticOptions,
  actionForm,
  countChoices,
  networkOf,
} from '../lib/engine/wasm/actorCriticOptions.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import { kindsOf } from '../lib/env/kinds.ts';
import type { AgentKind } from '../lib/env/structured.ts';
import type { VectorOptions } from '../lib/env/vectorOptions.ts';
import type { RingOptions } from '../lib/rolloutRing.ts';
import { layout } from '../lib/space/layout.ts';
import { sameSpace } from '../lib/space/space.ts';
import type { NounOptions } from './pipeline.ts';
import { needsRatios, needsSegments, type PpoConfig } from './ppo.ts';

/** What is known of a kind before there is an arena. */
export interface KindPlan {
  readonly kind: AgentKind;
  readonly owner: AgentKind;
  readonly rows: number;
  readonly options: ActorCriticOptions;
  readonly ring: RingOptions;
}

/** Gaussian policies know no bounds: the envs are told what is within theirs. */
export function vectorOf({ numEnvs, seed, autoreset }: PpoConfig): VectorOptions {
  return { numEnvs, seed, autoreset, clipActions: true };
}

/** What each kind of agents needs. @throws RangeError if a memory cannot forget; ConfigError if there is no policy for its actions */
export function planKinds(env: AnyEnv, config: PpoConfig, { development }: NounOptions): KindPlan[] {
  const { numEnvs, numSteps, autoreset, sharePolicies, overlap, network } = config;
  if (network.memory.kind !== 'none' && autoreset === 'SAME_STEP')
    throw new RangeError(
      'network: a memory needs autoreset NEXT_STEP, which shows the last observation before it forgets',
    );
  const kinds = kindsOf(env);
  return kinds.map((kind) => {
    const { observation, action, slots, masked } = kind;
    const same = (other: AgentKind) =>
      sameSpace(other.observation, observation) && sameSpace(other.action, action);
    const rows = numEnvs * slots;
    const options = networkOf(kind, config.network);
    const packed = layout(observation);
    const ring = {
      numSteps,
      rows,
      observationType: packed.dtype,
      observationSize: packed.width,
      actionSize: actionForm(options).size,
      actionType: actionForm(options).type,
      stateSize: ActorCritic.stateSize(options),
      weighted: needsSegments(config),
      ratios: needsRatios(config),
      maskSize: masked ? countChoices(options) : 0,
      finalObservations: autoreset === 'SAME_STEP',
      slots: overlap ? 2 : 1,
      development,
    };
    return { kind, owner: (sharePolicies && kinds.find(same)) || kind, rows, options, ring };
  });
}
