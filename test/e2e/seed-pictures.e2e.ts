/** Every picture on the dumps of the five seeds: what it shows, what it says where a kernel has nothing for it, and its accessibility. */
import assert from 'node:assert/strict';
import { seriousFindings } from './workbench/accessibility.ts';
import { screenshot } from './workbench/browser.ts';
import { sampleDump } from './workbench/dumps.ts';
import {
  answer,
  explorerRow,
  openFromExplorer,
  runCommand,
  showContainer,
  treeRow,
  webview,
} from './workbench/pages.ts';
import { openWorkbench, type Workbench } from './workbench/session.ts';

interface Seed {
  readonly scenario: string;
  /** 'buggy' where it is left out. */
  readonly variant?: string;
  /** An object with a known type; undefined where a stack will do. */
  readonly object?: string;
  readonly type: RegExp;
  /** What the picture of the machine over time says. */
  readonly timeline: RegExp;
}

const seeds: readonly Seed[] = [
  {
    scenario: 'illumos/ctxop-panic-run',
    object: '*panic_thread',
    type: /kthread_t/,
    timeline: /events on 2 CPUs/,
  },
  {
    scenario: 'akaros/vmcs-kill',
    object: 'per_cpu_info',
    type: /struct per_cpu_info/,
    timeline: /The ring keeps no time/,
  },
  {
    scenario: 'dragonfly/df01-stale-tlb',
    object: 'kernel_pmap',
    type: /struct pmap/,
    timeline: /is empty/,
  },
  {
    scenario: 'freebsd/fb01-curpmap-uaf',
    object: 'vmspace0',
    variant: 'traced',
    type: /struct vmspace/,
    timeline: /events on \d CPUs/,
  },
  {
    scenario: 'kvm/kv01-hcall-gpr3',
    variant: 'traced',
    type: /unknown/,
    timeline: /events on \d CPUs/,
  },
];

describe('seeds: pictures', function () {
  let workbench: Workbench;
  const nameOf = ({ scenario }: Seed): string => `${scenario.replace('/', '-')}.vmcore`;
  before(async () => {
    const copies = seeds.map((seed) => [
      nameOf(seed),
      sampleDump(seed.scenario, seed.variant ?? 'buggy'),
    ]);
    workbench = await openWorkbench({ copies: Object.fromEntries(copies) });
  });
  after(() => workbench?.close());
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await screenshot(workbench.page, 'failed-seed-pictures');
  });

  for (const seed of seeds)
    it(seed.scenario, async () => {
      const { page } = workbench;
      const name = nameOf(seed);
      const look = async (what: string): Promise<void> => {
        await screenshot(page, `seed-${name.replace('.vmcore', '')}-${what}`);
        assert.deepEqual(await seriousFindings(page), [], what);
      };
      const open = async (command: string): Promise<ReturnType<typeof webview>> => {
        await runCommand(page, 'View: Close All Editors');
        await runCommand(page, `Corewalk: ${command}`);
        return webview(page);
      };
      await showContainer(page, /^Explorer/);
      await explorerRow(page, name).dblclick();
      await webview(page).getByText('Findings', { exact: true }).waitFor();
      await look('summary');
      await openFromExplorer(page, name);
      await showContainer(page, /^Crash Dump/);
      await treeRow(page, /^CPU 0/).waitFor();

      const memory = await open('Show Memory');
      await answer(page, seed.object ?? '<rsp');
      await memory.locator('.byte').first().waitFor();
      await memory.getByText(seed.type).first().waitFor();
      await look('memory');
      if (seed.object !== undefined) {
        const graph = await open('Show Object Graph');
        await answer(page, seed.object);
        await graph.locator('.node.object').first().waitFor();
        await look('graph');
      }
      const space = await open('Show Address Space');
      await space.getByRole('img', { name: /is at physical|has no physical/ }).waitFor();
      await look('address-space');
      const timeline = await open('Show Machine over Time');
      await timeline
        .getByText(seed.timeline)
        .or(timeline.getByRole('img', { name: seed.timeline }))
        .first()
        .waitFor();
      await look('timeline');
      await runCommand(page, 'View: Close All Editors');
      await runCommand(page, 'Corewalk: Close Crash Dump');
    });
});
