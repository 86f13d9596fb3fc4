import { Arena, bytesOf } from '../lib/arena.ts';
import type { DeviceActing, DevicePolicy, Engine } from '../lib/engine/engine.ts';
import { chooseBuild, layoutOf } from '../lib/engine/wasm/kernels.ts';
import type { AnyEnv } from '../lib/env/env.ts';
import type { VectorEnvs } from '../lib/env/vectorEnvs.ts';
import { parallelEnvs, vectorColumns, vectorize } from '../lib/env/vectorize.ts';
import type { Json, Stateful } from '../lib/nouns.ts';
import { RewardNormalizer } from '../lib/rewardNormalizer.ts';
import { RolloutRing } from '../lib/rolloutRing.ts';
import type { Crew } from '../lib/workers/crew.ts';
import { openCrew } from './openCrew.ts';
import type { KindNouns, Nouns, Opened, OpenOptions } from './pipeline.ts';
import { type KindPlan, vectorOf } from './planKinds.ts';
import type { PpoConfig } from './ppo.ts';

/** A kind whose policy acts on its device. */
interface ActingPlan extends KindPlan {
  readonly acting: DeviceActing;
}

/** The kinds with what acts for them on the engine's device; undefined: the wasm engine acts. */
export function actingPlans(plans: readonly KindPlan[], engine: Engine): readonly ActingPlan[] | undefined {
  const found: ActingPlan[] = [];
  for (const plan of plans) {
    const acting = engine.acting?.(plan.options, plan.rows);
    if (acting) found.push({ ...plan, acting });
  }
  return found.length === plans.length ? found : undefined;
}

/**
 * The nouns of PPO with policies that act on the device that they learn on: all steps go through the graph, and a crew
 * shares the envs only.
 *
 * @throws RangeError for `overlap`, for which weights are needed that do not change meanwhile
 */
export async function openActing(
  env: AnyEnv,
  config: PpoConfig,
  { engine, workers = 1, stepTimeout, ...options }: OpenOptions & { readonly engine: Engine },
  plans: readonly ActingPlan[],
): Promise<Nouns<PpoConfig> & Opened> {
  if (config.overlap)
    throw new RangeError(`overlap: expected policies that act on the wasm engine, got ${engine.name}`);
  const bytes = bytesNeeded(env, config, plans, workers);
  const nouns =
    workers === 1 && stepTimeout === undefined
      ? openAlone(env, config, engine, plans, bytes)
      : await openCrew(
          env,
          config,
          { ...options, workers, stepTimeout },
          { module: import.meta.url, data: config as unknown as Json },
          () => ({
            bytes,
            make: (arena, crew) =>
              makeNouns(config, engine, plans, arena, parallelEnvs(env, vectorOf(config), arena, crew)),
          }),
        );
  try {
    for (const policy of nouns.acting) await policy.ready();
  } catch (error) {
    nouns.close();
    throw error;
  }
  return nouns;
}

/** The envs on a thread of the crew. */
export function openMember(env: AnyEnv, arena: Arena, crew: Crew, data: Json): VectorEnvs {
  return parallelEnvs(env, vectorOf(data as unknown as PpoConfig), arena, crew);
}

function openAlone(
  env: AnyEnv,
  config: PpoConfig,
  engine: Engine,
  plans: readonly ActingPlan[],
  bytes: number,
) {
  const arena = new Arena(bytes, config);
  return makeNouns(config, engine, plans, arena, vectorize(env, vectorOf(config), arena));
}

function bytesNeeded(env: AnyEnv, config: PpoConfig, plans: readonly ActingPlan[], members: number): number {
  const kernels = layoutOf(chooseBuild(config.deterministic));
  let bytes = bytesOf(vectorColumns(env, vectorOf(config), members));
  for (const { kind, owner, rows, ring, acting } of plans) {
    bytes += bytesOf(acting.agentColumns(kernels, rows)) + bytesOf(RolloutRing.columns(ring));
    if (kind === owner) bytes += bytesOf(acting.policyColumns(kernels));
  }
  return bytes;
}

function makeNouns(
  config: PpoConfig,
  { name: learning }: Engine,
  plans: readonly ActingPlan[],
  arena: Arena,
  envs: VectorEnvs,
) {
  const progress = () => envs.steps / config.totalSteps;
  const policies = new Map<string, DevicePolicy>();
  const kinds: Record<string, KindNouns> = {};
  const parts: Record<string, Stateful> = { envs };
  let firstRow = 0;
  for (const { kind, owner, rows, ring, acting } of plans) {
    if (kind === owner) {
      const origin = { seed: config.seed, kind: kind.name, number: policies.size };
      const policy = acting.open(arena, config, origin, progress);
      policies.set(kind.name, policy);
      parts[`optimizer.${kind.name}`] = policy.learner;
    }
    const policy = policies.get(owner.name) as DevicePolicy;
    const agent = policy.agent(arena, rows, config.seed, firstRow);
    const rewards = config.normalizeRewards ? new RewardNormalizer(rows, config) : undefined;
    kinds[kind.name] = { agent, ring: new RolloutRing(ring, arena), learner: policy.learner, rewards };
    if (rewards) parts[`rewards.${kind.name}`] = rewards;
    firstRow += rows;
  }
  return {
    config,
    arena,
    envs,
    kinds,
    parts,
    policies: [...policies].map(([name, { network }]) => ({ name, network })),
    owners: Object.fromEntries(plans.map(({ kind, owner }) => [kind.name, owner.name])),
    form: plans[0].acting.form,
    engine: { learning, acting: learning },
    acting: [...policies.values()],
    isBusy: () => [...policies.values()].some(({ learner }) => learner.isBusy),
    close() {
      for (const { learner } of policies.values()) learner.close();
      envs.close();
    },
  };
}
