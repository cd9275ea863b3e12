/** Objects and their references: lists, strengths by the kernel's rules, and holders, on sample dumps. */
import assert from 'node:assert/strict';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import { referencesOf } from '../../debug-adapter/views/object-references.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

function open(scenario: string): Inspector {
  return createInspector(simulatedTarget(scenario, 'buggy'), { grammar: mdbGrammar });
}

describe('object references', () => {
  it('leads from a thread to its context operators, which are a list', () => {
    const inspector = open('illumos/ctxop-panic-run');
    const thread = referencesOf(inspector, '*panic_thread', undefined);
    assert.equal(thread.type, 'kthread_t');
    const chain = thread.outgoing.find(({ member }) => member === 't_ctx');
    assert.deepEqual([chain?.to, chain?.type], [0xfffffe5b2f6c4c80n, 'ctxop_t']);
    assert.equal(chain?.elements, undefined);
    const operator = referencesOf(inspector, 'fffffe5b2f6c4c80', undefined);
    const next = operator.outgoing.find(({ member }) => member === 'next');
    assert.equal(next?.elements?.length, 4);
    assert.equal(next.elements[0], next.to);
    assert.ok(
      operator.incoming.some(({ from, member }) => from === thread.address && member === 't_ctx'),
    );
  });

  it('names the holders of an object, global variables by their symbol', () => {
    const inspector = open('illumos/ctxop-panic-run');
    const { incoming, address } = referencesOf(inspector, '*panic_thread', undefined);
    const members = incoming.map(({ member }) => member);
    assert.ok(members.includes('panic_thread'));
    assert.ok(members.includes('lwp_thread'));
    assert.ok(members.includes('cpus[0].cpu_thread'));
    assert.ok(incoming.every(({ from }) => from !== address));
  });

  it('tells counted from weak by the rules of the kernel, and what the count says', () => {
    const inspector = open('akaros/vmcs-kill');
    const { session } = inspector;
    const [process] = [...session.execute('::walk proc')].flatMap((row) => row.value ?? []);
    assert.ok(process !== undefined);
    const { incoming, audit, facts } = referencesOf(inspector, process.toString(16), 'struct proc');
    const strengths = new Map(
      incoming.map(({ member, strength }) => [member.replace(/.*\./, ''), strength]),
    );
    assert.equal(strengths.get('owning_proc'), 'counted');
    assert.match(audit ?? '', /^refcount \d+/);
    assert.ok(facts.length > 0);
  });

  it('knows a type by its name, whichever unit of the kernel it comes from', () => {
    const inspector = open('freebsd/fb01-curpmap-uaf');
    const { incoming, audit, type } = referencesOf(inspector, 'vmspace0', undefined);
    assert.equal(type, 'struct vmspace');
    const processes = incoming.filter(({ member }) => /(^|\.)p_vmspace$/.test(member));
    assert.ok(processes.length > 1);
    assert.deepEqual([...new Set(processes.map(({ strength }) => strength))], ['counted']);
    assert.match(audit ?? '', /^refcount 4/);
    const cores = incoming.filter(({ member }) => member.endsWith('pc_curpmap'));
    assert.ok(cores.length > 0);
    assert.deepEqual([...new Set(cores.map(({ strength }) => strength))], ['implicit']);
  });

  it('refuses what it knows nothing of, unless a type is named', () => {
    const inspector = open('illumos/ctxop-panic-run');
    assert.throws(() => referencesOf(inspector, '<rip', undefined), /name a type/);
    const asLong = referencesOf(inspector, '<rsp', 'unsigned long');
    assert.deepEqual([asLong.outgoing, asLong.facts], [[], []]);
  });
});
