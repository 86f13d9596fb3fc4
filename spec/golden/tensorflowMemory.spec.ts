import { learnOn } from '../lib/engine/tensorflow/segment.ts';
import { forEachDevice } from './engines.ts';
import { memoryCases } from './memoryCases.ts';

describe('golden: memory of tensors', () => {
  forEachDevice((_, device) => {
    for (const kind of ['lstm', 'gru', 'minGru'] as const)
      it(`matches its reference: ${kind}`, async () => {
        for (const { sizes, segment, verify } of memoryCases[kind]())
          verify(await learnOn(device(), kind, sizes, segment));
      });
  });
});
