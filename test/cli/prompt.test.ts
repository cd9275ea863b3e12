/** The prompt on a terminal: completion, history, ^C, and the ways out. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProgram, hasGcc } from '../support/c-program.ts';
import { hasScript, typeIntoCorewalk } from '../support/run-corewalk.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';
import { writeSparseCore } from '../support/sparse-core.ts';

const source = `
struct node { struct node *next; int id; };
struct node nodes[2] = {{nodes + 1, 7}, {nodes, 8}};
int main(void) { return nodes[0].id; }
`;

const up = '\x1b[A';

describe('corewalk prompt', () => {
  let folder = '';
  let dump = '';

  before(function () {
    // Without gcc there is no program to open; without util-linux no pseudo terminal.
    if (!hasGcc || !hasScript) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'corewalk-prompt-'));
    dump = buildProgram('prompt', source);
  });
  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  it('runs lines until ^D', async () => {
    const { output, status } = await typeIntoCorewalk(
      [dump],
      [
        { after: '> ', type: '0t42=X\r' },
        { after: /\b2a\b[^]*> /, type: '\x04' },
      ],
    );
    assert.equal(status, 0);
    assert.match(output, /Begin with ::status, ::check or ::help/);
  });

  it('leaves at ::quit', async () => {
    const { status } = await typeIntoCorewalk([dump], [{ after: '> ', type: '::quit\r' }]);
    assert.equal(status, 0);
  });

  it('completes what is unambiguous', async () => {
    const { output } = await typeIntoCorewalk(
      [dump],
      [
        { after: '> ', type: 'nodes::print struct no' },
        { after: 'struct no', type: '\t' },
        { after: 'de', type: ' id\r' },
        { after: /id = 0x7[^]*> /, type: '\x04' },
      ],
    );
    assert.match(output, /id = 0x7/);
  });

  it('lists what is not', async () => {
    const { output } = await typeIntoCorewalk(
      [dump],
      [
        { after: '> ', type: '::sta' },
        { after: '::sta', type: ['\t', '\t'] },
        { after: 'stackregs', type: '\x03' },
        { after: /\^C[^]*> /, type: '\x04' },
      ],
    );
    assert.match(output, /stack\s[^]*stackregs[^]*status/);
  });

  it('stops a command at ^C and keeps the session', async () => {
    const { output, status } = await typeIntoCorewalk(
      [dump],
      [
        { after: '> ', type: '::echo begun; 0,0t400000000::eval .=K | ::count\r' },
        { after: /begun[^]*begun/, type: '\x03' },
        { after: 'command cancelled by user', type: '' },
        { after: '> ', type: '0t43=X\r' },
        { after: /\b2b\b[^]*> /, type: '\x04' },
      ],
    );
    assert.equal(status, 0, output);
  });

  it('says how far a long search is, and stops it at ^C', async () => {
    const file = join(folder, 'sparse.vmcore');
    const core = coreBytes(simulateAt('illumos/ctxop-panic-run', 'buggy'));
    // Half a minute of work, of which a second is waited for.
    writeSparseCore(file, core, { virtualAddress: 0xfffff80000000000n, size: 64 * 2 ** 30 });
    const { output, status } = await typeIntoCorewalk(
      [file],
      [
        { after: '> ', type: 'feedfacefeedface::kgrep\r' },
        { after: /searching memory: [0-9,]+ of 68,/, type: '\x03' },
        { after: 'command cancelled by user', type: '' },
        { after: '> ', type: '0t46=X\r' },
        { after: /\b2e\b[^]*> /, type: '\x04' },
      ],
    );
    assert.equal(status, 0, output);
  });

  it('throws the typed line away at ^C', async () => {
    const { output } = await typeIntoCorewalk(
      [dump],
      [
        { after: '> ', type: '::nonsense' },
        { after: '::nonsense', type: '\x03' },
        { after: /\^C[^]*> /, type: '0t44=X\r' },
        { after: /\b2c\b[^]*> /, type: '\x04' },
      ],
    );
    assert.doesNotMatch(output, /unknown dcmd/);
  });

  it('remembers lines from session to session, for the user alone', async () => {
    const environment = { COREWALK_HISTORY: join(folder, 'state', 'history') };
    await typeIntoCorewalk(
      [dump],
      [
        { after: '> ', type: '0t45=X\r' },
        { after: /\b2d\b[^]*> /, type: '\x04' },
      ],
      environment,
    );
    assert.equal(readFileSync(environment.COREWALK_HISTORY, 'utf8'), '0t45=X\n');
    assert.equal(statSync(environment.COREWALK_HISTORY).mode & 0o777, 0o600);
    const { output } = await typeIntoCorewalk(
      [dump],
      [
        { after: '> ', type: `${up}\r` },
        { after: /\b2d\b[^]*> /, type: '\x04' },
      ],
      environment,
    );
    assert.match(output, /0t45=X/);
  });

  it('says why it can not open a dump, and does not stay', async () => {
    const { output, status } = await typeIntoCorewalk([join(folder, 'nowhere')], []);
    assert.equal(status, 1);
    assert.match(output, /corewalk: .*nowhere: no such file/);
  });
});
