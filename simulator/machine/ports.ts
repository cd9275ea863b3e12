/** I/O ports: the console and the way to stop. */
import type { Cpu } from './cpu.ts';

export const ports = { console: 0xe9, exit: 0xf4 } as const;

/** `out`. Never returns from a write to the exit port. */
export function writePort(cpu: Cpu, port: number, value: number, size: number): void {
  if (port === ports.console && size === 1) {
    cpu.machine.writeConsole(value & 0xff);
    return;
  }
  if (port !== ports.exit) unknown(cpu, port, 'write');
  const reason = value === 0 ? 'clean' : value === 2 ? 'assertion' : 'panic';
  cpu.machine.halt(cpu, reason, `${value} written to port ${ports.exit.toString(16)}`);
}

/** `in`: the console port answers with its own number, as in Bochs. */
export function readPort(cpu: Cpu, port: number): number {
  return port === ports.console ? ports.console : unknown(cpu, port, 'read');
}

function unknown(cpu: Cpu, port: number, what: string): never {
  cpu.machine.halt(cpu, 'unsupported-access', `${what} of port ${port.toString(16)}`);
}
