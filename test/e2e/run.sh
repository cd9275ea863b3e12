#!/bin/sh
# The extension as people get it, in a real VS Code: install what is missing, package, click through it, test inside its extension host.
# Words after the command go to mocha: npm run test:e2e -- --grep console
set -eu
cd "$(dirname "$0")/../.."
node test/e2e/workbench/setup.mjs
npx tsc -p test/e2e
npm run package
npx mocha --config test/e2e/.mocharc.json "$@"
npx tsx test/e2e/workbench/host-tests.ts
