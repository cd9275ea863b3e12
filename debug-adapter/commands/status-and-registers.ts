/** `$?`: status, then registers. */
import type { Dcmd } from './command.ts';

export const statusAndRegisters: Dcmd = {
  name: '$?',
  address: 'none',
  summary: 'print status and registers',
  origin: 'mdb',
  run: ({ session }) => session.execute('::status; ::regs'),
};
