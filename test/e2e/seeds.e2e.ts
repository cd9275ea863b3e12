/** The dumps of the five bugs, each as a person meets it: a click, a stack, what the checkers say, the machine, the summary. */
import assert from 'node:assert/strict';
import { seriousFindings } from './workbench/accessibility.ts';
import { screenshot, smallWindow, type Page } from './workbench/browser.ts';
import { sampleDump } from './workbench/dumps.ts';
import {
  callStack,
  consoleRows,
  explorerRow,
  openFromExplorer,
  runCommand,
  showContainer,
  treeRow,
  typeInConsole,
  webview,
} from './workbench/pages.ts';
import { openWorkbench, type Workbench } from './workbench/session.ts';

/** What each dump has to show: a frame of its stack, a verdict, and the output of a line of its kernel. */
const seeds = [
  {
    name: 'illumos',
    scenario: 'illumos/ctxop-panic-run',
    frame: 'save_guest_fpustate',
    source: 'vmm.c',
    verdict: /vmm_restorectx restores before xrestore_ctxt/,
    line: '<thread::ctxop',
    output: 'restore order: most -> least recent (NOT stack order)',
  },
  {
    name: 'akaros',
    scenario: 'akaros/vmcs-ctrl-c',
    frame: '__invept',
    source: 'vmx.c',
    verdict: /gpc_to_clear_to -> .* is FREED memory/,
    line: '::gpc',
    output: 'FREED, VMCS page free',
  },
  {
    name: 'dragonfly',
    scenario: 'dragonfly/df01-stale-tlb',
    frame: 'kfree',
    source: 'kern_slaballoc.c',
    verdict: /but the page table says not present/,
    line: '::tlb -u',
    output: 'STALE',
  },
  {
    name: 'freebsd',
    scenario: 'freebsd/fb01-curpmap-uaf',
    frame: 'trash_ctor',
    source: 'uma_dbg.c',
    verdict: /left this pmap after it was freed/,
    line: '::cpuinfo',
    output: 'vmspace0.vm_pmap',
  },
  {
    name: 'kvm',
    scenario: 'kvm/kv01-hcall-gpr3',
    frame: 'operator_timer',
    source: 'operator.c',
    verdict: /reset state overwritten by the pending hypercall/,
    line: '::vcpus',
    output: 'KVM_EXIT_PAPR_HCALL',
  },
] as const;

describe('the five bugs', function () {
  for (const [index, seed] of seeds.entries())
    describe(seed.name, function () {
      let workbench: Workbench;
      let page: Page;

      before(async () => {
        workbench = await openWorkbench({
          copies: { 'panic.vmcore': sampleDump(seed.scenario, 'buggy') },
          // Half of them as on a small screen, half in the dark.
          ...(index % 2 === 1 && { size: smallWindow }),
          settings: {
            'workbench.colorTheme': index > 2 ? 'Default Dark Modern' : 'Default Light Modern',
          },
        });
        ({ page } = workbench);
      });
      afterEach(async function () {
        if (this.currentTest?.isFailed()) await screenshot(page, `failed-seed-${seed.name}`);
      });
      after(() => workbench.close());

      it('has a summary that says what is wrong', async () => {
        await showContainer(page, /^Explorer/);
        await explorerRow(page, 'panic.vmcore').dblclick();
        await webview(page).getByText(seed.verdict).first().waitFor();
        assert.deepEqual(await seriousFindings(page), []);
        await screenshot(page, `seed-${seed.name}-summary`);
        await runCommand(page, 'View: Close All Editors');
      });

      it('opens paused, with its stack, and answers a line of its kernel', async () => {
        await openFromExplorer(page, 'panic.vmcore');
        await callStack(page).filter({ hasText: seed.frame }).first().waitFor();
        // Not on the panic itself, but on the line that led to it.
        await page.locator('.part.editor .tab', { hasText: seed.source }).first().waitFor();
        await typeInConsole(page, seed.line);
        await consoleRows(page).filter({ hasText: seed.output }).first().waitFor();
        await screenshot(page, `seed-${seed.name}-stack`);
      });

      it('shows its findings and its machine', async () => {
        await showContainer(page, /^Crash Dump/);
        await treeRow(page, seed.verdict).waitFor();
        await treeRow(page, /^CPU 0|^Core 0/).waitFor();
        await screenshot(page, `seed-${seed.name}-views`);
      });
    });
});
