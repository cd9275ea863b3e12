/** `corewalk learn` as a reader uses it, on a pipe: to the end, with help, and given up. */
import assert from 'node:assert/strict';
import { investigations } from '../../debug-adapter/learn/index.ts';
import { illumos } from '../../debug-adapter/learn/illumos.ts';
import { runCorewalk } from '../support/run-corewalk.ts';

describe('corewalk learn', function () {
  this.timeout(30_000);

  it('lists the investigations', async () => {
    const { output, status } = await runCorewalk(['learn']);
    assert.equal(status, 0);
    assert.equal(output.trim().split('\n').length, investigations.length);
  });

  it('goes on when a line answers, and ends with the real story', async () => {
    const lines = illumos.steps.map(() => 'show');
    const { output, status } = await runCorewalk(['learn', 'illumos'], {
      input: `${lines.join('\n')}\n`,
    });
    assert.equal(status, 0, output);
    assert.match(output, /\n1 of 6: What did it die of\?/);
    assert.match(output, /> ::status\ndebugging crash dump/);
    assert.match(output, /Source: illumos issue 12477/);
  });

  it('helps, takes another line for no answer, and skips', async () => {
    const input = 'hint\n::version\nshow\nskip\nquit\n';
    const { output, status } = await runCorewalk(['learn', 'illumos'], { input });
    assert.equal(status, 1);
    assert.match(output, /\$c prints the stack|::status says what the dump is/);
    assert.match(output, /> ::status\n/);
    assert.match(output, /3 of 6/);
    assert.doesNotMatch(output, /4 of 6/);
  });

  it('names the investigations for one that it does not know', async () => {
    const { errors, status } = await runCorewalk(['learn', 'plan9']);
    assert.equal(status, 1);
    assert.match(errors, /no investigation 'plan9'; there are illumos, akaros/);
  });
});
