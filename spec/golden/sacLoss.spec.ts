import { SacLearner } from '../../lib/engine/wasm/sac/sacLearner.ts';
import { immediate } from '../../lib/workers/crew.ts';
import { assertClose } from './golden.ts';
import { assertLosses, assertTensors, type Case, cases, named, normOf, openCase } from './sacCase.ts';

/** The case on the wasm engine. */
function open(data: Case, deterministic: boolean, scale: number) {
  const { action_dim, batch } = data;
  const opened = openCase(
    data,
    deterministic,
    scale,
    (actor, critic, config, noise) => new SacLearner(actor, critic, config, () => 0, { noise }),
  );
  const { arena, actor, critic, learner, columns, minibatch, setNoise } = opened;
  const stride = arena.kernels.stride();
  /** Acts on observations of the minibatch, with noise or (none) by the mean. */
  const act = (observations: Float32Array, noise?: number[][]) => {
    const [pass] = actor.passes;
    pass.read(observations, 0, 0, batch);
    if (noise) setNoise(pass.noise, noise);
    pass.act(noise ? pass.noise : 0, batch, false);
    const block = new Float32Array(arena.memory.buffer, pass.actions, action_dim * stride);
    const actions = data.rewards.map((_, s) =>
      Array.from({ length: action_dim }, (_, k) => block[k * stride + s]),
    );
    return { actions: actions.flat(), logProbs: pass.logProbs.subarray(0, batch) };
  };
  return { actor, critic, learner, columns, act, update: () => immediate(learner.update(minibatch)) };
}

describe('golden: soft actor-critic against PyTorch', () => {
  for (const build of ['simd', 'relaxed-simd']) {
    for (const [index, data] of cases.entries()) {
      const { isolated, after_one_update: after } = data;
      const title = `case ${index}, ${build}`;

      it(`${title}: actions and their log-probabilities, saturated ones too`, () => {
        const { act, columns } = open(data, build === 'simd', 0);
        const next = act(columns.nextObservations, data.eps_next);
        assertClose(next.actions, isolated.next_actions.flat(), 1e-5, 'next_actions');
        assertClose(next.logProbs, isolated.next_log_pi, 1e-5, 'next_log_pi');
        const { actions, logProbs } = act(columns.observations, data.eps_pi);
        assertClose(actions, isolated.pi_actions.flat(), 1e-5, 'pi_actions');
        assertClose(logProbs, isolated.pi_log_prob, 1e-5, 'pi_log_prob');
        const greedy = act(columns.observations).actions;
        assertClose(greedy, isolated.deterministic_action.flat(), 1e-5, 'deterministic_action');
      });

      it(`${title}: losses and gradients by the weights as they are`, () => {
        const { learner, actor, critic, update } = open(data, build === 'simd', 0);
        const losses = update();
        assertLosses(losses, data);
        const { grad_qf1, grad_qf2, grad_actor } = isolated;
        const critics = critic.tensors(learner.gradients.critic);
        assertTensors(critics, named('qf1', grad_qf1), 1e-4, normOf(grad_qf1));
        assertTensors(critics, named('qf2', grad_qf2), 1e-4, normOf(grad_qf2));
        const own = actor.tensors(learner.gradients.actor);
        assertTensors(own, named('actor', grad_actor), 1e-4, normOf(grad_actor));
      });

      it(`${title}: one update of all weights`, () => {
        const { learner, actor, update } = open(data, build === 'simd', 1);
        const losses = update();
        assertClose([losses.actorLoss], [after.actor_loss], 2e-5, 'actorLoss', 1);
        assertClose([losses.alphaLoss], [after.alpha_loss], 2e-5, 'alphaLoss', 1);
        const { weights } = after;
        const { tensors } = learner.save();
        assertTensors(actor.tensors(), named('actor', weights.actor), 1e-5, 1);
        for (const name of ['qf1', 'qf2'] as const) {
          assertTensors(tensors, named(name, weights[name]), 1e-5, 1);
          assertTensors(tensors, named(`target.${name}`, weights[`${name}_target`]), 1e-6, 1);
        }
        assertClose([tensors.logAlpha.data[0]], [weights.log_alpha], 1e-6, 'log_alpha');
      });
    }
  }
});
