import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nearest } from '../../lib/nearest.ts';

/** Fewest insertions, deletions and replacements, by definition. */
function distance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  if (a[0] === b[0]) return distance(a.slice(1), b.slice(1));
  return 1 + Math.min(distance(a.slice(1), b), distance(a, b.slice(1)), distance(a.slice(1), b.slice(1)));
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 });

describe('nearest', () => {
  it('finds what was meant', () => {
    const keys = ['gamma', 'gaeLambda', 'learningRate', 'clipCoef', 'network', 'numEnvs', 'numSteps'];
    const meant: Record<string, string> = {
      gama: 'gamma',
      Gamma: 'gamma',
      gae_lambda: 'gaeLambda',
      learnig_rate: 'learningRate',
      clip_coef: 'clipCoef',
      netwrok: 'network',
      numenvs: 'numEnvs',
      num_steps: 'numSteps',
    };
    for (const [word, key] of Object.entries(meant)) assert.equal(nearest(word, keys), key);
  });

  it('says nothing where nothing is near', () => {
    assert.equal(nearest('temperature', ['gamma', 'seed']), undefined);
    assert.equal(nearest('x', ['gamma', 'lambda']), undefined);
    assert.equal(nearest('gamma', []), undefined);
  });

  it('is the candidate with fewest edits, the first of equals', () => {
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 5 }), (word, candidates) => {
        const found = nearest(word, candidates);
        const distances = candidates.map((candidate) => distance(word, candidate));
        const fewest = Math.min(...distances);
        if (found === undefined) assert.ok(fewest > Math.max(2, word.length / 2));
        else assert.equal(found, candidates[distances.indexOf(fewest)]);
      }),
    );
  });

  it('is a candidate itself', () => {
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 1 }), fc.nat(), (candidates, pick) => {
        const word = candidates[pick % candidates.length];
        assert.equal(nearest(word, candidates), word);
      }),
    );
  });
});
