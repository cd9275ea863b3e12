/** `::status`: what this dump is, and why it was taken. */
import type { PanicTrap } from '../kernels/kernel.ts';
import type { Target } from '../target/target.ts';
import { escapeControls } from '../print/escape.ts';
import { sizeText } from '../print/numbers.ts';
import { textRow, type Dcmd, type Row } from './command.ts';

export const status: Dcmd = {
  name: 'status',
  address: 'none',
  summary: 'print summary of current target',
  description:
    'What is doubtful about the dump comes first: damage, or a kernel file of another build. Then the kernel, the panic, and how much memory is present.',
  options: [],
  examples: [{ line: '::status', explains: 'where to begin with any dump' }],
  origin: 'mdb',
  *run({ target }) {
    for (const { severity, text } of target.warnings)
      yield {
        spans: [
          {
            kind: severity === 'note' ? 'comment' : 'error',
            text: `${severity}: ${escapeControls(text)}`,
          },
        ],
      };
    const data = statusData(target);
    yield textRow(`debugging ${what(target)}`, { data });
    yield textRow(`operating system: ${escapeControls(operatingSystem(target))}`);
    if (target.dump.kind === 'core') yield panicRow(target);
    const trap = target.kernel?.panicTrap;
    if (trap) yield textRow(`trap: ${trapText(trap)}, cpu ${target.panicCpu.index}`);
    if (target.dump.cpus.length > 0) yield textRow(`cpus: ${cpuText(target)}`);
    yield textRow(`dump content: ${contentText(target)}`);
  },
};

function what({ dump }: Target): string {
  const file = dump.name.split(/[\\/]/).at(-1) ?? dump.name;
  const host = dump.info.get('NODENAME') ?? dump.info.get('HOSTNAME');
  const kind = dump.kind === 'core' ? 'crash dump' : 'executable';
  return `${kind} ${escapeControls(file)} (${dump.addressBits}-bit)${host === undefined ? '' : ` from ${escapeControls(host)}`}`;
}

function operatingSystem({ kernel, dump }: Target): string {
  return kernel?.operatingSystem ?? dump.info.get('OSRELEASE') ?? 'unknown';
}

function panicRow(target: Target): Row {
  const message = target.kernel?.panicMessage;
  const reason = target.kernel?.dumpReason;
  if (message === undefined && reason !== undefined)
    return textRow(`reason: forced dump: ${escapeControls(reason)}`);
  const text = message === undefined ? noMessage(target) : escapeControls(message);
  return {
    spans: [
      { kind: 'text', text: 'panic message: ' },
      { kind: message === undefined ? 'comment' : 'string', text },
    ],
  };
}

function trapText({ number, name }: PanicTrap): string {
  return name === undefined ? `${number}` : `${number} (${escapeControls(name)})`;
}

/** That there was no panic is said only when the memory that would tell of one was read. */
function noMessage({ kernel }: Target): string {
  if (!kernel) return '(unknown: no kernel is recognised)';
  if (kernel.panicFault !== undefined) return `(unknown: ${kernel.panicFault})`;
  return '(none: the dump was taken of a running system)';
}

function cpuText(target: Target): string {
  const { hardware, dump } = target;
  const model = hardware ? `, ${hardware.memoryModel} memory model` : '';
  const by = target.kernel?.panicMessage === undefined ? 'dump taken on' : 'panic on';
  return `${dump.cpus.length}, ${by} cpu ${target.panicCpu.index}${model}`;
}

function contentText({ dump }: Target): string {
  const bytes = dump.segments.reduce((sum, { size }) => sum + size, 0n);
  const types = dump.debugInfo ? 'types from debug information' : 'no type information';
  return `${sizeText(bytes)} in ${dump.segments.length} ranges, ${dump.symbols.count} symbols, ${types}`;
}

function statusData(target: Target): Record<string, unknown> {
  const { dump, kernel } = target;
  return {
    name: dump.name,
    kind: dump.kind,
    operatingSystem: operatingSystem(target),
    kernel: kernel?.name,
    panicMessage: kernel?.panicMessage,
    panicCpu: dump.cpus.length > 0 ? target.panicCpu.index : undefined,
    buildId: dump.buildId,
    warnings: target.warnings,
  };
}
