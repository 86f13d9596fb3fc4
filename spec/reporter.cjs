const { reporters } = require('mocha');

/** Mocha's spec reporter, closed by the one line that continuous integration reads. */
module.exports = class extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures } = this.stats;
    console.log(`${passes} passed, ${failures} failed`);
  }
};
