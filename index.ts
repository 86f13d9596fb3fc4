/** pufferflow: reinforcement learning as composable dataflow over typed arrays. */
export { type AgentFile, type PolicyFile, policyOf, readAgent } from './lib/agentFile.ts';
export { Arena, bytesOf, type Column, type ColumnSpecs, type ColumnType } from './lib/arena.ts';
export { Canvas } from './lib/canvas.ts';
export {
  type Checkpoint,
  canonicalJson,
  decodeCheckpoint,
  encodeCheckpoint,
  hashTensors,
} from './lib/checkpoint.ts';
export * from './lib/config.ts';
export type { Engine } from './lib/engine/engine.ts';
export type { PolicyForm } from './lib/engine/wasm/actingPolicy.ts';
export { emulate } from './lib/env/emulate.ts';
export {
  type AnyEnv,
  type ColumnarEnv,
  defineEnv,
  type EnvContext,
  type EnvDefinition,
} from './lib/env/env.ts';
export { type EnvPool, openPool, type PoolOptions } from './lib/env/envPool.ts';
export type { Frame } from './lib/env/frame.ts';
export { kindsOf } from './lib/env/kinds.ts';
export { type RecordedEnvs, record } from './lib/env/recordedEnvs.ts';
export { replay } from './lib/env/replay.ts';
export { loadState, saveState } from './lib/env/saveState.ts';
export { SerialEnvs } from './lib/env/serialEnvs.ts';
export type * from './lib/env/structured.ts';
export { StructuredEnvs } from './lib/env/structuredEnvs.ts';
export type { RowGroup, VectorEnvs } from './lib/env/vectorEnvs.ts';
export { vectorColumns, vectorize } from './lib/env/vectorize.ts';
export type { Autoreset, ForkOptions, VectorOptions } from './lib/env/vectorOptions.ts';
export * from './lib/errors.ts';
export { type EvaluateOptions, type Evaluation, evaluate } from './lib/evaluate.ts';
export { type LoadAgentOptions, type LoadedAgent, loadAgent } from './lib/loadAgent.ts';
export { type LoadPoolAgentOptions, loadPoolAgent } from './lib/loadPoolAgent.ts';
export type * from './lib/lossTerm.ts';
export { type NetworkSpec, networkSchema } from './lib/network.ts';
export type * from './lib/nouns.ts';
export { ObservationNormalizer } from './lib/observationNormalizer.ts';
export type * from './lib/ownOptimizer.ts';
export type * from './lib/poolRecords.ts';
export { Random } from './lib/random.ts';
export type * from './lib/records.ts';
export { type Experience, Replay } from './lib/replay.ts';
export { RewardNormalizer } from './lib/rewardNormalizer.ts';
export { RowRandom, streamKey } from './lib/rng.ts';
export { type RingOptions, RolloutRing } from './lib/rolloutRing.ts';
export { at } from './lib/schedule.ts';
export { type ActionCodec, actionCodec } from './lib/space/actionCodec.ts';
export { type Box, box } from './lib/space/box.ts';
export { choicesOf } from './lib/space/choices.ts';
export { dict } from './lib/space/dict.ts';
export { type Discrete, discrete } from './lib/space/discrete.ts';
export type { Dtype } from './lib/space/dtype.ts';
export { FlatRows } from './lib/space/flatRows.ts';
export type { FlattenOptions } from './lib/space/flattenProgram.ts';
export { flatSpace, type Layout, layout } from './lib/space/layout.ts';
export type { ChoiceMask } from './lib/space/masks.ts';
export { type MultiBinary, multiBinary } from './lib/space/multiBinary.ts';
export { type MultiDiscrete, multiDiscrete } from './lib/space/multiDiscrete.ts';
export {
  type Dict,
  type Infer,
  type LeafSpace,
  type Like,
  type MaskOf,
  type Space,
  sameSpace,
  type Tuple,
} from './lib/space/space.ts';
export { spaceFromJson } from './lib/space/spaceFromJson.ts';
export { tuple } from './lib/space/tuple.ts';
export { Turn } from './lib/turn.ts';
export * from './operators/index.ts';
export { type AppoConfig, appo, appoSchema } from './pipelines/appo.ts';
export { openPpo } from './pipelines/openNouns.ts';
export { openRun, type Run, type RunMetrics, type RunOptions } from './pipelines/openRun.ts';
export { openSac, type SacNouns } from './pipelines/openSac.ts';
export { type EngineUse, type Nouns, type Pipeline, pipeline } from './pipelines/pipeline.ts';
export { type PpoConfig, ppo, ppoSchema } from './pipelines/ppo.ts';
export { prebuilt } from './pipelines/prebuilt.ts';
export { type RecurrentPpoConfig, recurrentPpo, recurrentPpoSchema } from './pipelines/recurrentPpo.ts';
export { sac } from './pipelines/sac.ts';
export { type SacConfig, sacSchema } from './pipelines/sacSchema.ts';
export { train } from './pipelines/train.ts';
export { cartPoleZoo, type Tuned, tuned } from './pipelines/tuned.ts';
