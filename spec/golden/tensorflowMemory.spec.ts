import { learnOn } from '../lib/engine/tensorflow/segment.ts';
import { forEachDevice } from './engines.ts';
import { memoryCases } from './memoryCases.ts';

describe('golden: memory of tensors', function () {
  // A processor that plays a graphics processor takes seconds for a segment.
  this.timeout(180_000);

  forEachDevice((_, device) => {
    for (const kind of ['lstm', 'gru', 'minGru'] as const)
      it(`matches its reference: ${kind}`, async () => {
        for (const { sizes, segment, verify } of memoryCases[kind]())
          verify(await learnOn(device(), kind, sizes, segment));
      });
  });
});
