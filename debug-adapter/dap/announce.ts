/** What a client hears once a dump is open: what it is, what is doubtful, why it stopped; and the start-up lines. */
import { quoteWord } from '../language/quoting.ts';
import { stoppedBody } from './exception.ts';
import { kernelModule } from './modules.ts';
import type { OpenDump } from './open-dump.ts';
import { rowLine } from './row-text.ts';
import { safeText } from './safe-text.ts';
import { takeInSlices, type Control } from './slices.ts';

/** The events of a dump that was just opened, `stopped` last. */
export function announce(open: OpenDump, send: (event: string, body: object) => void): void {
  const { target } = open.view;
  const { dump, kernel } = target;
  send('process', {
    name: safeText(dump.name),
    isLocalProcess: false,
    startMethod: 'attach',
    pointerSize: dump.addressBits,
  });
  send('module', { reason: 'new', module: kernelModule(target) });
  for (const { severity, text } of target.warnings)
    send('output', {
      category: severity === 'note' ? 'console' : 'important',
      output: `${severity}: ${safeText(text)}\n`,
    });
  const what = kernel ? `${safeText(kernel.operatingSystem)}: ` : '';
  const hint = `${what}type ::status, ::check, or ::help`;
  send('output', { category: 'console', output: `${hint}\n` });
  send('stopped', stoppedBody(target, open.threads.selected));
}

/** Adds the types of the headers that the launch configuration names, then runs its lines; each is shown with its output. */
export async function runStartup(dump: OpenDump, control: Control): Promise<void> {
  const isColoured = dump.view.client.showsAnsi;
  const includes = (dump.attributes.headers ?? []).map((file) => `::include ${quoteWord(file)}`);
  for (const line of [...includes, ...(dump.attributes.startup ?? [])]) {
    const lines = [`> ${safeText(line)}`];
    await dump.exclusively(control, () =>
      takeInSlices(dump.inspector.execute(line), control, (row) => {
        lines.push(rowLine(row, isColoured));
        return undefined;
      }),
    );
    control.output({ category: 'stdout', output: `${lines.join('\n')}\n` });
  }
}
