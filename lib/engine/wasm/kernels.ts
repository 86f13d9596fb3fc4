import { relaxedSimd, simd } from '../../../kernels/binaries.ts';
import { allowRelaxedSimd } from '../../platform.ts';

/**
 * The kernels: all hot arithmetic, as functions on pointers into one memory. A pointer is a byte offset, which is
 * also the `byteOffset` of the typed array over the same bytes.
 *
 * Dense kernels work on *blocks*: up to `block()` samples, feature-major. Feature f of sample s is the float at
 * `f · stride() + s`; a block buffer has its feature count rounded up to a multiple of `rows()`. Weight matrices
 * are row-major [outputs, inputs], both padded with zeros to multiples of `rows()`; so are bias vectors. Block
 * buffers are 64-byte aligned, columns are aligned to their element. Every column may end anywhere: a kernel
 * neither reads nor writes past its end.
 *
 * kernels/layout.ts explains the layout; spec/kernels holds each kernel to a scalar reference.
 */
export interface Kernels {
  /** Samples in a block. */
  block(): number;
  /** Floats from one feature to the next inside a block. */
  stride(): number;
  /** Weight rows, weight columns and block features are padded to a multiple of this. */
  rows(): number;

  // dense layers -----------------------------------------------------------------------------------------------
  /** Transposes rows `indices[0..n)` (or rows 0..n where indices is 0) of an f32 [·, features] column into a block; padding samples and features become 0. */
  gather(column: number, indices: number, n: number, features: number, block: number): void;
  /**
   * `gather` for the flat rows of packed ones: C structs of `pitch` bytes at `rows`, flat rows of `features` floats. The
   * flatten program (lib/space/flattenProgram.ts) is i32 [ops, 6]: code, byte offset in the packed row, count, float
   * offset in the flat row, scale (the bits of an f32), argument. An instruction widens `count` elements of a type to
   * float32 and multiplies them by scale, or makes `count` floats of one i32: a 1 at value − argument among 0s. They
   * cover the flat row.
   */
  gatherPacked(
    rows: number,
    pitch: number,
    indices: number,
    n: number,
    program: number,
    ops: number,
    features: number,
    block: number,
  ): void;
  /** The same into f32 [n, size] at `flat`, row by row, for any n. */
  flattenRows(
    rows: number,
    pitch: number,
    indices: number,
    n: number,
    program: number,
    ops: number,
    flat: number,
    size: number,
  ): void;
  /** Packs W [outputs, inputs] (padded) for `denseForward`. `panels` has as many floats as W. */
  pack(weights: number, panels: number, outputs: number, inputs: number): void;
  /** Packs W [outputs, inputs] (padded) for `denseBackwardInput`. `panels` has as many floats as W. */
  packTransposed(weights: number, panels: number, outputs: number, inputs: number): void;
  /** y = act(W x + b) on the first n samples of a block. `slopes` receives act′ where act is GELU and slopes ≠ 0 (a block buffer like y). */
  denseForward(
    x: number,
    panels: number,
    bias: number,
    y: number,
    slopes: number,
    outputs: number,
    inputs: number,
    n: number,
    activation: number,
  ): void;
  /** dx = (Wᵀ dy) ⊙ act′ of the layer below, whose output block is x and whose slopes block is `slopes` (GELU only). `activation` is the layer below's. */
  denseBackwardInput(
    dy: number,
    panelsTransposed: number,
    dx: number,
    x: number,
    slopes: number,
    outputs: number,
    inputs: number,
    n: number,
    activation: number,
  ): void;
  /** dW += dy xᵀ and db += Σ dy over the first n samples; dW and db have the padded layout of W and b. Padding samples of dy must be 0. */
  denseBackwardWeights(
    x: number,
    dy: number,
    dWeights: number,
    dBias: number,
    outputs: number,
    inputs: number,
    n: number,
  ): void;

  // convolutions -------------------------------------------------------------------------------------------------
  // Of a block's features, a patch is `inputs`, at byte offsets `offsets` from the patch's first: i32, padded to a
  // multiple of rows(), the rest repeating the first of its group of rows(). Patches begin at byte offsets `positions`
  // (i32 [count]). Position p writes features p · outputs … of y, whose block has room for W's padded rows at the last.
  /** Packs W [outputs, inputs] (padded) for the kernels below: floats of outputs (padded) × inputs, and of inputs (padded) × outputs. */
  convPack(weights: number, panels: number, panelsTransposed: number, outputs: number, inputs: number): void;
  /** y = act(W x + b) at every position, on the first n samples of a block; `slopes` as in `denseForward`. */
  convForward(
    x: number,
    offsets: number,
    inputs: number,
    positions: number,
    count: number,
    panels: number,
    bias: number,
    y: number,
    slopes: number,
    outputs: number,
    n: number,
    activation: number,
  ): void;
  /** dx (all `features` of it) = Σ Wᵀ dy over the positions, which `multiplySlopes` is for after. */
  convBackwardInput(
    dy: number,
    panelsTransposed: number,
    offsets: number,
    inputs: number,
    positions: number,
    count: number,
    dx: number,
    features: number,
    outputs: number,
    n: number,
  ): void;
  /** dW += Σ dy xᵀ and db += Σ dy over the positions and the first n samples; padding as in `denseBackwardWeights`. */
  convBackwardWeights(
    x: number,
    offsets: number,
    inputs: number,
    positions: number,
    count: number,
    dy: number,
    dWeights: number,
    dBias: number,
    outputs: number,
    n: number,
  ): void;
  /** dx ← dx ⊙ act′ of the layer whose output block is x and whose slopes block is `slopes` (GELU only). */
  multiplySlopes(
    dx: number,
    x: number,
    slopes: number,
    features: number,
    n: number,
    activation: number,
  ): void;

  // layer norm ---------------------------------------------------------------------------------------------------
  /** y = act(g ⊙ (x − mean) / deviation + b), deviation² = variance + 1e-5 over a sample's features. `statistics` receives mean and 1 / deviation, a block of 2 features; `slopes` as in `denseForward`. */
  layerNormForward(
    x: number,
    gain: number,
    bias: number,
    y: number,
    slopes: number,
    statistics: number,
    features: number,
    n: number,
    activation: number,
  ): void;
  /** dg += Σ dy ⊙ (x − mean) / deviation and db += Σ dy over the first n samples. Padding samples of dy must be 0. */
  layerNormBackwardWeights(
    x: number,
    statistics: number,
    dy: number,
    dGain: number,
    dBias: number,
    features: number,
    n: number,
  ): void;
  /** dx from dy, both by what has no activation yet: `multiplySlopes` is for after. */
  layerNormBackwardInput(
    x: number,
    statistics: number,
    gain: number,
    dy: number,
    dx: number,
    features: number,
    n: number,
  ): void;

  // recurrent cells ------------------------------------------------------------------------------------------------
  // All arguments but the last two and `keep` are blocks. `keep` is one f32 a sample, 0 where an episode begins, else 1.
  /** to = from ⊙ keep for n samples of each feature. */
  keepBlock(from: number, keep: number, to: number, features: number, n: number): void;
  /** to = (a + b) ⊙ keep. */
  keepSum(a: number, b: number, keep: number, to: number, features: number, n: number): void;
  /**
   * `gates` [4 · units] from the sums of i, f, g, o, in place, to σ, σ, tanh, σ of them; nextCell = f ⊙ keep ⊙ cell + i ⊙ g
   * and hidden = o ⊙ tanh(nextCell). nextCell may be `cell`.
   */
  lstmForward(
    gates: number,
    cell: number,
    keep: number,
    hidden: number,
    nextCell: number,
    units: number,
    n: number,
  ): void;
  /**
   * From dh = dAbove + dHidden and dCell, the gradient by `nextCell`, to dGates [4 · units], by the sums; dCell becomes the
   * gradient by `cell`. The rest is as `lstmForward` left it.
   */
  lstmBackward(
    gates: number,
    cell: number,
    keep: number,
    nextCell: number,
    dAbove: number,
    dHidden: number,
    dCell: number,
    dGates: number,
    units: number,
    n: number,
  ): void;
  /**
   * The sums of r, z, n over the input are in `gates` [4 · units, the fourth for `gruBackward`], those over the state `before`
   * in `recurrent` [3 · units]: r, z = σ(gates + recurrent), n = tanh(gates + r ⊙ recurrent), hidden = (1 − z) ⊙ n + z ⊙ before.
   */
  gruForward(
    gates: number,
    recurrent: number,
    before: number,
    hidden: number,
    units: number,
    n: number,
  ): void;
  /**
   * From dh = dAbove + dHidden to dGates and dRecurrent [3 · units], by the sums; dHidden becomes dh ⊙ z, the gradient by
   * `before` but for what goes through `recurrent`.
   */
  gruBackward(
    gates: number,
    before: number,
    dAbove: number,
    dHidden: number,
    dGates: number,
    dRecurrent: number,
    units: number,
    n: number,
  ): void;
  /**
   * `gates` [3 · units] from the sums of v, m, p, in place, to g(v), σ(m), σ(p), g(v) = v + ½ where v ≥ 0, else σ(v);
   * nextState = (1 − σ(m)) ⊙ keep ⊙ state + σ(m) ⊙ g(v), which may be `state`, and y = σ(p) ⊙ nextState + (1 − σ(p)) ⊙ x.
   */
  minGruForward(
    gates: number,
    x: number,
    state: number,
    keep: number,
    nextState: number,
    y: number,
    units: number,
    n: number,
  ): void;
  /**
   * From dy and dState, the gradient by `nextState`, to dGates [3 · units], by the sums; dState becomes the gradient by
   * `state`, dy that by x but for what goes through the gates.
   */
  minGruBackward(
    gates: number,
    x: number,
    state: number,
    keep: number,
    nextState: number,
    dy: number,
    dState: number,
    dGates: number,
    units: number,
    n: number,
  ): void;

  // the categorical head -----------------------------------------------------------------------------------------
  // The policy has `components` components, each with a softmax of its own over sizes[k] (i32) choices; `logits` holds
  // the choices of all, one after another. A log-probability or an entropy is the sum over the components. A choice whose
  // logit is −Infinity has probability 0 and gradient 0; each component must have another.
  /**
   * Writes −Infinity to the logits of forbidden choices: masks (u8 [·, choices]) 0, row `indices[s]` (indices 0: row s)
   * being that of block sample s.
   */
  maskLogits(logits: number, masks: number, indices: number, n: number, choices: number): void;
  /**
   * Samples from softmax(logits) by inverse CDF, for block samples 0..n, which are rows `row .. row + n` of the batch.
   * Component k of row r of step t uses word `r & 3` of the Philox block with counter
   * (r >>> 2, t low, t high, purpose 1 | k << 8). Writes actions (i32 [n, components]) and logProbs (f32 [n]).
   */
  categoricalSample(
    logits: number,
    n: number,
    sizes: number,
    components: number,
    key0: number,
    key1: number,
    timeLow: number,
    timeHigh: number,
    row: number,
    actions: number,
    logProbs: number,
  ): void;
  /** Of each component the most probable action (the first of equals), and their joint log-probability; columns as in `categoricalSample`. */
  categoricalGreedy(
    logits: number,
    n: number,
    sizes: number,
    components: number,
    actions: number,
    logProbs: number,
  ): void;

  // the PPO loss -------------------------------------------------------------------------------------------------
  /**
   * The PPO loss of n block samples and its gradient. `logits`, `values` and their gradients are blocks (the choices of
   * all components; 1 feature); the other columns are indexed by indices[0..n): actions i32 [·, components], the rest f32.
   * `scratch` is room for 16 floats a component. `config` is 9 f32: clipCoef, vfClip
   * (Infinity: values are not clipped), entCoef, vfCoef, advantage mean, 1 / (advantage std), dualClip (Infinity: off),
   * weight (1 / minibatch size; gradients are multiplied by it), klCoef (of the penalty on the approximate KL).
   *
   * `sampleWeights`, or 0: multiply each sample's normalised advantage; a sample of weight 0 does not count at all, its
   * gradients are 0 and it adds to no sum. `newLogProbs` and `newValues`, each or 0: receive log p(a) and v of each
   * sample. `sums` is 6 f64, added to: policy loss, value loss (with its factor ½), entropy, approximate KL
   * (r − 1 − log r), old approximate KL (− log r), clipped samples — each summed over samples, not weighted. Padding
   * samples of dLogits and dValues are set to 0. The gradients may not overlap `logits` and `values`.
   */
  ppoLoss(
    logits: number,
    values: number,
    indices: number,
    n: number,
    sizes: number,
    components: number,
    scratch: number,
    actions: number,
    logProbs: number,
    advantages: number,
    returns: number,
    oldValues: number,
    sampleWeights: number,
    config: number,
    dLogits: number,
    dValues: number,
    newLogProbs: number,
    newValues: number,
    sums: number,
  ): void;

  // the Gaussian head --------------------------------------------------------------------------------------------
  // Component k of an action (of `size`) is N(μ, σ²): μ is row k of the block `outputs`. log σ is, by its form
  // (`deviationForms`), element k of `logStd` (f32 [size]), the same in all states; or row k of the block `logStd`, held in
  // [−5, 2] or taken as it is. A log-probability or an entropy is the sum over the components. Actions are not squashed, nor
  // clipped to a Box.
  /**
   * Samples actions (f32 [n, size]) and their logProbs (f32 [n]) for block samples 0..n, which are rows `row .. row + n` of
   * the batch. Component k of row r of step t uses normal number `r & 3` of the Philox block with counter
   * (r >>> 2, t low, t high, purpose 1 | k << 8): numbers j and j + 2 come, by Box and Muller, of words j and j + 2.
   */
  gaussianSample(
    outputs: number,
    logStd: number,
    form: number,
    n: number,
    size: number,
    key0: number,
    key1: number,
    timeLow: number,
    timeHigh: number,
    row: number,
    actions: number,
    logProbs: number,
  ): void;
  /** The means as actions, and their log-probabilities; columns as in `gaussianSample`. */
  gaussianGreedy(
    outputs: number,
    logStd: number,
    form: number,
    n: number,
    size: number,
    actions: number,
    logProbs: number,
  ): void;
  /**
   * The PPO loss of a Gaussian policy: as `ppoLoss`, with actions f32 [·, size] and 16 floats of scratch a component. dOutputs
   * is a block like `outputs`. The gradient by log σ is added to dLogStd (f32 [size]), or written to its rows.
   */
  gaussianPpoLoss(
    outputs: number,
    values: number,
    logStd: number,
    form: number,
    dLogStd: number,
    indices: number,
    n: number,
    size: number,
    scratch: number,
    actions: number,
    logProbs: number,
    advantages: number,
    returns: number,
    oldValues: number,
    sampleWeights: number,
    config: number,
    dOutputs: number,
    dValues: number,
    newLogProbs: number,
    newValues: number,
    sums: number,
  ): void;

  // generalized state-dependent exploration -----------------------------------------------------------------------
  // To component k of an action Σ θₖᵢ hᵢ is added, h being the block `features` (of `inputs`), with weights θₖᵢ ~ N(0, σₖᵢ²)
  // of each row's own; `logStd` is log σ [size, inputs], padded like weights.
  /** Row k of the block `deviations` = ½ ln(Σ σₖᵢ² hᵢ² + 1e-6), for n samples: log σ of a Gaussian head, to be taken as it is. */
  sdeForward(
    features: number,
    logStd: number,
    deviations: number,
    size: number,
    inputs: number,
    n: number,
  ): void;
  /** dLogStd (like logStd) += the gradient by log σ, from the gradient by `deviations`, which is overwritten and whose padding samples must be 0. */
  sdeBackward(
    features: number,
    logStd: number,
    deviations: number,
    dDeviations: number,
    dLogStd: number,
    size: number,
    inputs: number,
    n: number,
  ): void;
  /**
   * Samples actions (f32 [n, size]) and their logProbs (f32 [n]) for block samples 0..n, which are rows `row .. row + n` of
   * the batch; the blocks may begin at any sample. Row r takes for θₖᵢ / σₖᵢ normal number `i & 3` of the Philox block with
   * counter (k ⌈inputs / 4⌉ + (i >>> 2), time low, r, purpose 9 | time high << 8).
   */
  sdeSample(
    outputs: number,
    features: number,
    logStd: number,
    deviations: number,
    n: number,
    size: number,
    inputs: number,
    key0: number,
    key1: number,
    timeLow: number,
    timeHigh: number,
    row: number,
    actions: number,
    logProbs: number,
  ): void;

  // the squashed Gaussian head and SAC ------------------------------------------------------------------------------
  /**
   * block[k][s] += factor · a standard normal number, for n samples (and to the end of their last group) of all features.
   * Feature k of row r (sample s is row `row` + s) uses number `r & 3` of the Philox block with counter
   * (r >>> 2, time low, time high, purpose | k << 8).
   */
  addNormals(
    block: number,
    n: number,
    features: number,
    factor: number,
    key0: number,
    key1: number,
    timeLow: number,
    timeHigh: number,
    purpose: number,
    row: number,
  ): void;
  /**
   * Actions a = scale · tanh(μ + σ ε) + bias and their log-probabilities, all in blocks. `outputs` is μ [size] and z [size],
   * with log σ = −5 + 3.5 (tanh z + 1); `noise` is ε [size], or 0: the mean. `ranges` is f32 [4, size]: scale, bias, lowest
   * and highest action.
   */
  squashedSample(
    outputs: number,
    noise: number,
    n: number,
    size: number,
    ranges: number,
    actions: number,
    logProbs: number,
  ): void;
  /**
   * The gradient by μ and z, of a loss that is entropyWeight · log π of each sample and something whose gradient by the
   * actions is the sum of two blocks. The other arguments are those of `squashedSample`. Padding samples of dOutputs become 0.
   */
  squashedBackward(
    outputs: number,
    noise: number,
    n: number,
    size: number,
    ranges: number,
    dActions1: number,
    dActions2: number,
    entropyWeight: number,
    dOutputs: number,
  ): void;
  /**
   * A critic's squared error against y = returns + discounts (min(nextQ1, nextQ2) − alpha · nextLogProbs), and its gradient
   * times `weight`. The columns are f32 [n]: `sampleWeights` (0: all are 1) multiply errors, `errors` (0: none) are added
   * half the absolute error to. `sums` is 2 f64, added to: squared errors, q. Padding samples of dQ become 0.
   */
  sacCritic(
    q: number,
    nextQ1: number,
    nextQ2: number,
    nextLogProbs: number,
    n: number,
    returns: number,
    discounts: number,
    sampleWeights: number,
    alpha: number,
    weight: number,
    dQ: number,
    errors: number,
    sums: number,
  ): void;
  /** The actor's loss alpha · log π − min(q1, q2), and its gradient by both times `weight`. `sums` is 2 f64, added to: losses, log π. */
  sacActor(
    q1: number,
    q2: number,
    logProbs: number,
    n: number,
    alpha: number,
    weight: number,
    dQ1: number,
    dQ2: number,
    sums: number,
  ): void;
  /** target += tau (source − target), n floats; n is a multiple of 4. */
  polyak(target: number, source: number, n: number, tau: number): void;
  /** rows[s][f] = block[f][s] for n samples: the way back of `gather`. */
  scatter(block: number, n: number, features: number, rows: number): void;

  // estimates ------------------------------------------------------------------------------------------------------
  /**
   * Generalized advantage estimation over columns [steps, rows] (values [steps + 1, rows]; terminations and
   * truncations u8). `finalValues` [steps, rows], or 0: where it is given, V of the step after a truncation is
   * finalValues[t], else values[t + 1].
   */
  gae(
    steps: number,
    rows: number,
    gamma: number,
    lambda: number,
    rewards: number,
    values: number,
    terminations: number,
    truncations: number,
    finalValues: number,
    advantages: number,
    returns: number,
  ): void;
  /**
   * V-trace over the columns of `gae`: `ratios` f32 [steps, rows] (0: all are 1), cut at rhoClip for the errors and at
   * cClip for what is carried back.
   */
  vtrace(
    steps: number,
    rows: number,
    gamma: number,
    lambda: number,
    rhoClip: number,
    cClip: number,
    ratios: number,
    rewards: number,
    values: number,
    terminations: number,
    truncations: number,
    finalValues: number,
    advantages: number,
    returns: number,
  ): void;
  /** IMPALA's advantages for the policy gradient, in place of those that `vtrace` has written, with a clip of their own. */
  vtracePolicy(
    steps: number,
    rows: number,
    gamma: number,
    lambda: number,
    rhoClip: number,
    ratios: number,
    rewards: number,
    values: number,
    terminations: number,
    truncations: number,
    finalValues: number,
    advantages: number,
  ): void;
  /**
   * Sum and sum of squared deviations from the mean of column[indices[0..n)] (indices 0: column[0..n)), as 2 f64, in an
   * order that depends on n only. Returns how many count: those whose weight, at the same place of `weights`, is not 0
   * (weights 0: all).
   */
  moments(column: number, indices: number, n: number, result: number, weights: number): number;

  // running statistics -----------------------------------------------------------------------------------------------
  /** Mean and population variance of each feature of a block over the first n ≥ 1 samples, as f64 [features] each, in an order that depends on n only. */
  blockMoments(block: number, features: number, n: number, means: number, variances: number): void;
  /** x ← (x − means[f]) · scales[f], cut to ±clip (Infinity: as it is), for n samples of each feature f of a block, in place; means and scales f32 [features]. */
  normalizeBlock(
    block: number,
    features: number,
    n: number,
    means: number,
    scales: number,
    clip: number,
  ): void;

  // the optimizer --------------------------------------------------------------------------------------------------
  /** gradients[0] += gradients[1] + … over `chunks` buffers of n floats, `pitch` bytes apart, in order; returns Σ g² (accumulated in f64). n is a multiple of 4. */
  reduceGradients(gradients: number, n: number, chunks: number, pitch: number): number;
  /** One Adam step (PyTorch's form): g ← scale·g; m, v are the moments; correction1 = 1 − β₁ᵗ, correction2 = 1 − β₂ᵗ. n is a multiple of 4. */
  adam(
    weights: number,
    gradients: number,
    m: number,
    v: number,
    n: number,
    scale: number,
    learningRate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    correction1: number,
    correction2: number,
  ): void;

  /** w ← factor · w, for n floats, a multiple of 4. */
  shrink(weights: number, n: number, factor: number): void;
  /** b ← μ b + g and update = g + μ b, with g = scale · gradient, for n floats, a multiple of 4. */
  nesterov(gradients: number, momentum: number, update: number, n: number, scale: number, mu: number): void;
  /** w ← w − learningRate · update, for n floats, a multiple of 4. */
  descend(weights: number, update: number, n: number, learningRate: number): void;
  /**
   * Muon's update of a matrix whose rows are `pitch` floats apart, in place: its singular values become about 1, by five
   * Newton–Schulz steps, times √max(1, rows / columns). `scratch` is room for orthogonalizeRoom(rows, columns) floats,
   * aligned like a block.
   */
  orthogonalize(matrix: number, rows: number, columns: number, pitch: number, scratch: number): void;
  /** Floats of scratch that `orthogonalize` needs. */
  orthogonalizeRoom(rows: number, columns: number): number;

  // random numbers -------------------------------------------------------------------------------------------------
  /** One Philox4x32-10 block: counter (4 u32 at `counter`) and key into 4 u32 at `result`. */
  philox(counter: number, key0: number, key1: number, result: number): void;
  /** Fisher–Yates over u32 indices[0..n); words come from the Philox blocks (k, timeLow, timeHigh, purpose 2), k = 0, 1, … */
  shuffle(indices: number, n: number, key0: number, key1: number, timeLow: number, timeHigh: number): void;

  // vectorized envs ------------------------------------------------------------------------------------------------
  /**
   * The bookkeeping of one step of rows 0..n. Row i with pending[i] = 1 has just been reset: rewards, terminations,
   * truncations, masks, elapsed and episodeReturns of the row become 0. Any other row: mask 1, elapsed + 1, truncated
   * where elapsed reaches `limit` (0: never), episodeReturns + reward. Then pending[i] and ended[i] (0: none) are
   * terminated or truncated, and the finished rows are listed in `finished` (i32). Returns their count, or −1 − i for the
   * first row i whose reward is not finite. (pending, ended, terminations, truncations u8; masks f32; elapsed i32;
   * episodeReturns f64; rewards f32)
   */
  bookkeep(
    n: number,
    limit: number,
    rewards: number,
    terminations: number,
    truncations: number,
    masks: number,
    elapsed: number,
    episodeReturns: number,
    pending: number,
    ended: number,
    finished: number,
  ): number;
  /** Index of the first of n floats outside [low, high] (NaN and infinities are outside), or −1. Bounds repeat with period `period` floats, a multiple of 4. */
  outside(column: number, n: number, lows: number, highs: number, period: number): number;
  /** The same of u8; `period` is a multiple of 16. */
  outsideBytes(column: number, n: number, lows: number, highs: number, period: number): number;
  /** The same of i8; `period` is a multiple of 16. */
  outsideSignedBytes(column: number, n: number, lows: number, highs: number, period: number): number;
  /** The same of i32; `period` is a multiple of 4. */
  outsideIntegers(column: number, n: number, lows: number, highs: number, period: number): number;
  /** Index of the first of n i32 outside [0, count), or −1. */
  outsideRange(column: number, n: number, count: number): number;

  /** Sets rows 0..n of an f32 [n, floats] column to 0 where masks (f32 [n]) is 0. */
  keepRows(column: number, floats: number, masks: number, n: number): void;
  /** Copies bytes, which may overlap: host arrays over shared memory are copied element by element. */
  copy(to: number, from: number, bytes: number): void;
  /** Sets bytes to a value: V8 fills shared memory byte by byte. */
  fill(to: number, value: number, bytes: number): void;

  // measuring ------------------------------------------------------------------------------------------------------
  /** `iterations` rounds of 14 independent multiply-adds of 4 floats each (112 FLOPs), nothing else: the machine's 128-bit peak. Returns 56 when iterated long. */
  peak(iterations: number): number;
}

/** Activation codes of the dense kernels. */
export const activations = { linear: 0, tanh: 1, relu: 2, gelu: 3 } as const;

/** Where the log-deviations of a Gaussian policy come from, as its kernels are told. */
export const deviationForms = { shared: 0, held: 1, free: 2 } as const;

export type KernelBuild = 'simd' | 'relaxed-simd';

const binaries: Record<KernelBuild, string> = { simd, 'relaxed-simd': relaxedSimd };
const modules = new Map<KernelBuild, WebAssembly.Module>();

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The fastest build this machine accepts; `deterministic` asks for the one whose bits are the same on every machine. */
export function chooseBuild(deterministic = false): KernelBuild {
  if (deterministic) return 'simd';
  const bytes = decode(relaxedSimd);
  if (!WebAssembly.validate(bytes)) allowRelaxedSimd();
  return WebAssembly.validate(bytes) ? 'relaxed-simd' : 'simd';
}

/** Instantiates the kernels over a memory. The module is compiled once a process. */
export function instantiate(memory: WebAssembly.Memory, build: KernelBuild): Kernels {
  let module = modules.get(build);
  if (!module) {
    module = new WebAssembly.Module(decode(binaries[build]));
    modules.set(build, module);
  }
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}

/** What a build's buffers look like, to be known before there is a memory to put them in. */
export type KernelLayout = Pick<Kernels, 'block' | 'stride' | 'rows' | 'orthogonalizeRoom'>;

export function layoutOf(build: KernelBuild): KernelLayout {
  return instantiate(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }), build);
}
