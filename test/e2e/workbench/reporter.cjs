'use strict';
// Mocha's spec output, closed by the one line that every CI reader understands.
const { reporters, Runner } = require('mocha');

class WorkbenchReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      console.log(`${passes} passed, ${failures} failed, ${pending} skipped`);
    });
  }
}

module.exports = WorkbenchReporter;
