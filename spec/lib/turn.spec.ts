import assert from 'node:assert/strict';
import { Turn } from '../../lib/turn.ts';

describe('Turn', () => {
  it('is open until it is taken, and again once somebody opens it', () => {
    const turn = new Turn();
    assert.equal(turn.isOpen, true);
    for (let round = 0; round < 3; round++) {
      turn.take();
      assert.equal(turn.isOpen, false);
      turn.stepping();
      assert.equal(turn.isOpen, false);
      turn.open();
      assert.equal(turn.isOpen, true);
    }
  });

  it('wakes who is attached, whenever it opens', () => {
    const turn = new Turn();
    let woken = 0;
    turn.attach(() => {
      assert.equal(turn.isOpen, true);
      woken++;
    });
    turn.take();
    turn.stepping();
    assert.equal(woken, 0);
    turn.open();
    assert.equal(woken, 1);
    turn.detach();
    turn.open();
    assert.equal(woken, 1);
  });

  it('has one to wake at a time', () => {
    const turn = new Turn();
    turn.attach(() => {});
    assert.throws(() => turn.attach(() => {}), /already being observed by a running graph/);
    turn.detach();
    turn.attach(() => {});
  });

  it('offers an observation again that was taken but not acted on', () => {
    const turn = new Turn();
    turn.attach(() => {});
    turn.take();
    turn.detach();
    assert.equal(turn.isOpen, true);
  });

  it('stays closed while the envs step, also when the graph has gone', () => {
    const turn = new Turn();
    turn.attach(() => assert.fail('nobody is attached any more'));
    turn.take();
    turn.stepping();
    turn.detach();
    assert.equal(turn.isOpen, false);
    turn.open();
    assert.equal(turn.isOpen, true);
  });
});
